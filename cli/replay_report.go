package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/ringfence/ringfence/app"
)

func replayColumns() []column[app.ReplayLine] {
	return []column[app.ReplayLine]{
		{"outcome", func(l app.ReplayLine) any { return l.Outcome }},
		{"caller", func(l app.ReplayLine) any { return l.Caller.String() }},
		{"dialled", func(l app.ReplayLine) any { return l.Dialled.String() }},
		{"at", func(l app.ReplayLine) any { return l.At }},
		{"by", func(l app.ReplayLine) any { return long(cmp.Or(l.RateRule, entryName(l.Entry))) }},
		{"until", func(l app.ReplayLine) any {
			if l.Until.IsZero() {
				return "never"
			}
			return l.Until
		}},
		{"later", func(l app.ReplayLine) any { return l.Later }},
		{"already", func(l app.ReplayLine) any { return l.Already }},
		{"allowed", func(l app.ReplayLine) any {
			if l.Allowed {
				return "yes"
			}
			return ""
		}},
	}
}

func (p *program) writeReplay(format string, r app.ReplayResult, limit int) error {
	for _, calendar := range r.Unfetched {
		p.say("calendar %s is ignored: only calendars of working time that is set are fetched", calendar)
	}
	p.warnIdleRules(r.Idle)
	if r.Risk != "" {
		p.say("%s; ringfence block needs --force for it", r.Risk)
	}
	if limit > 0 && len(r.Lines) > limit {
		r.Lines = r.Lines[:limit]
		p.say("%d of %d; --limit 0 shows all", limit, r.Total)
	}
	switch format {
	case outputJSON:
		return writeJSON(p.out, r)
	case outputLines, outputCSV:
		return writeRows(p.out, format, r.Lines)
	}
	if err := writeTable(p, replayColumns(), r.Lines); err != nil {
		return err
	}
	_, err := io.WriteString(p.out, replaySummary(r))
	return err
}

// replaySummary returns the lines after the table.
func replaySummary(r app.ReplayResult) string {
	var words strings.Builder
	fmt.Fprintf(&words, "\n%s", counted(r.Calls, "call"))
	if r.Calls > 0 {
		fmt.Fprintf(&words, " from %s to %s", localTime(r.From), localTime(r.To))
	}
	words.WriteString(".\n")
	if len(r.Rules) > 0 {
		fmt.Fprintf(&words, "%s: of %s that count, %d would have been refused, and %s listed",
			r.Rules, counted(r.Counted, "call"), r.Listed.Calls, counted(r.Listed.Callers, "caller"))
		writeRest(&words, r.Listed)
		if r.Spared.Callers > 0 {
			fmt.Fprintf(&words, "The allow list protects %s whom the rules would have listed.\n", counted(r.Spared.Callers, "caller"))
		}
	}
	if r.Entry != nil {
		fmt.Fprintf(&words, "%s: %s of %s would have been refused",
			entryName(r.Entry), counted(r.Refused.Calls, "call"), counted(r.Refused.Callers, "caller"))
		writeRest(&words, r.Refused)
		if r.BlockSpared.Callers > 0 {
			fmt.Fprintf(&words, "The allow list protects %s of %s.\n", counted(r.BlockSpared.Callers, "caller"), r.Entry.Pattern)
		}
	}
	return words.String()
}

// counted returns "1 call" or "2 calls".
func counted(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func were(n int64) string {
	if n == 1 {
		return "1 was"
	}
	return fmt.Sprintf("%d were", n)
}

func writeRest(words io.Writer, s app.ReplaySum) {
	if s.Already > 0 {
		_, _ = fmt.Fprintf(words, "; %s also refused at that time", were(s.Already))
	}
	_, _ = fmt.Fprintln(words, ".")
	if s.Allowed > 0 {
		_, _ = fmt.Fprintf(words, "An entry allowed calls of %s of these, or would now.\n", counted(s.Allowed, "caller"))
	}
}
