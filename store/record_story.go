package store

import (
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// A record's checks are one text, and so are its events: steps separated by |.
// A check is "list no match", with a * before it if it decided, and ": REASON"
// unless the reason is the usual one; that halves what a record takes. An event
// is "812 checked", in microseconds since the call's arrival.

const stepMark = "|"

// step is a check and its outcome.
type step struct{ name, outcome string }

// usualReasons are the reasons of a call that no rule matches.
var usualReasons = sync.OnceValue(func() map[step]string {
	reasons := map[step]string{}
	caller, err := phone.ParseNumber("+4930123456")
	if err != nil {
		return reasons
	}
	call := screen.Call{Caller: screen.Caller{Number: caller}}
	for _, check := range screen.Decide(call, screen.Facts{}, policy.Policy{Settings: policy.DefaultSettings()}).Checks {
		reasons[step{check.Name, string(check.Outcome)}] = check.Reason
	}
	return reasons
})

func writeChecks(checks []calllog.Check) []byte {
	text := make([]byte, 0, 128)
	for i, check := range checks {
		if i > 0 {
			text = append(text, stepMark...)
		}
		if check.Decided {
			text = append(text, '*')
		}
		text = append(text, escapeAll(check.Name, " *:|")...)
		text = append(append(text, ' '), escapeAll(check.Outcome, ":|")...)
		if check.Reason != usualReasons()[step{check.Name, check.Outcome}] {
			text = append(append(text, ": "...), escapeAll(check.Reason, stepMark)...)
		}
	}
	return text
}

func readChecks(text string) []calllog.Check {
	var checks []calllog.Check
	for _, part := range steps(text) {
		var check calllog.Check
		part, check.Decided = strings.CutPrefix(part, "*")
		what, reason, unusual := strings.Cut(part, ":")
		name, outcome, _ := strings.Cut(what, " ")
		check.Name, check.Outcome = blacklist.Unescape(name), blacklist.Unescape(outcome)
		if unusual {
			check.Reason = blacklist.Unescape(strings.TrimPrefix(reason, " "))
		} else {
			check.Reason = usualReasons()[step{check.Name, check.Outcome}]
		}
		checks = append(checks, check)
	}
	return checks
}

func writeEvents(events []calllog.Event) []byte {
	text := make([]byte, 0, 64)
	for i, event := range events {
		if i > 0 {
			text = append(text, stepMark...)
		}
		text = strconv.AppendInt(text, event.After.Microseconds(), 10)
		text = append(append(text, ' '), escapeAll(event.Name, stepMark)...)
	}
	return text
}

func readEvents(text string) []calllog.Event {
	var events []calllog.Event
	for _, part := range steps(text) {
		after, name, _ := strings.Cut(part, " ")
		microseconds, _ := strconv.ParseInt(after, 10, 64)
		events = append(events, calllog.Event{Name: blacklist.Unescape(name), After: time.Duration(microseconds) * time.Microsecond})
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
	text = blacklist.Escape(text)
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
