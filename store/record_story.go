package store

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// A record's checks are one text, and so are its events: steps separated by |.
// A check is "list silent", with a * before it if it decided, and ": REASON"
// unless the reason is the usual one; that halves what a record takes. An event
// is "812 checked", in microseconds since the call's arrival.

const stepMark = "|"

// usualReasons are the reasons of a call that no rule speaks about, by check
// and outcome.
var usualReasons = sync.OnceValue(func() map[string]string {
	reasons := map[string]string{}
	caller, err := phone.ParseNumber("+4930123456")
	if err != nil {
		return reasons
	}
	call := screen.Call{Caller: screen.Caller{Number: caller}}
	for _, check := range screen.Decide(call, screen.Facts{}, screen.Policy{Settings: screen.DefaultSettings()}).Checks {
		reasons[check.Name+" "+string(check.Outcome)] = check.Reason
	}
	return reasons
})

func writeChecks(checks []calllog.Check) string {
	steps := make([]string, len(checks))
	for i, check := range checks {
		what := escapeAll(check.Name, " *:|") + " " + escapeAll(check.Outcome, " :|")
		usual := usualReasons()[check.Name+" "+check.Outcome]
		if check.Decided {
			steps[i] = "*"
		}
		steps[i] += what
		if check.Reason != usual {
			steps[i] += ": " + escapeAll(check.Reason, stepMark)
		}
	}
	return strings.Join(steps, stepMark)
}

func readChecks(text string) []calllog.Check {
	var checks []calllog.Check
	for _, step := range steps(text) {
		var check calllog.Check
		step, check.Decided = strings.CutPrefix(step, "*")
		what, reason, unusual := strings.Cut(step, ":")
		name, outcome, _ := strings.Cut(what, " ")
		check.Name, check.Outcome = unescape(name), unescape(outcome)
		if unusual {
			check.Reason = unescape(strings.TrimPrefix(reason, " "))
		} else {
			check.Reason = usualReasons()[check.Name+" "+check.Outcome]
		}
		checks = append(checks, check)
	}
	return checks
}

func writeEvents(events []calllog.Event) string {
	steps := make([]string, len(events))
	for i, event := range events {
		steps[i] = strconv.FormatInt(event.After.Microseconds(), 10) + " " + escapeAll(event.Name, stepMark)
	}
	return strings.Join(steps, stepMark)
}

func readEvents(text string) []calllog.Event {
	var events []calllog.Event
	for _, step := range steps(text) {
		after, name, _ := strings.Cut(step, " ")
		microseconds, _ := strconv.ParseInt(after, 10, 64)
		events = append(events, calllog.Event{Name: unescape(name), After: time.Duration(microseconds) * time.Microsecond})
	}
	return events
}

func steps(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, stepMark)
}

// escapeAll is escape for some more characters, all of them ASCII.
func escapeAll(text, more string) string {
	text = escape(text)
	if !strings.ContainsAny(text, more) {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		if strings.IndexByte(more, text[i]) >= 0 {
			out.WriteString(`\x` + strconv.FormatInt(int64(text[i]), 16))
		} else {
			out.WriteByte(text[i])
		}
	}
	return out.String()
}
