package cli

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
)

// atTerminal returns a program whose stdout is a terminal of a width.
func atTerminal(out *strings.Builder, width int, environ ...string) *program {
	return &program{out: out, err: out, environ: func() []string { return environ }, width: func() int { return width }}
}

func someCalls(t *testing.T) []app.Call {
	t.Helper()
	at := time.Date(2026, 11, 23, 12, 30, 0, 0, time.Local)
	refused := app.NewCall(calllog.Record{
		ID: "1795451051694-0", Time: at, Caller: "+4930666200", Dialled: "+4930231250", Verdict: calllog.Refused, Check: "list",
		Rule: "block +4930666200 for calls to +4930231250", Action: "decline", Took: 630 * time.Microsecond,
	})
	passed := app.NewCall(calllog.Record{
		ID: "1795451051695-0", Time: at, Caller: "withheld", Dialled: "+4930231250", Verdict: calllog.Passed, Check: "default",
		Action: "continue", Took: time.Millisecond,
	})
	return []app.Call{passed, refused}
}

func TestTablesFitTheTerminal(t *testing.T) {
	tests := []struct {
		name    string
		width   int
		wide    bool
		environ []string
		want    string
	}{
		{"no terminal", 0, false, nil, `TIME                 CALLER       DIALLED      VERDICT  CHECK    ACTION   TOOK    ID               ENTRY                                       DEGRADED
2026-11-23 12:30:00  withheld     +4930231250  passed   default  -        1.00ms  1795451051695-0  -                                           -
2026-11-23 12:30:00  +4930666200  +4930231250  refused  list     decline  0.63ms  1795451051694-0  block +4930666200 for calls to +4930231250  -
`},
		{"wide, colours", 80, true, nil, `TIME                 CALLER       DIALLED      VERDICT  CHECK    ACTION   TOOK    ID               ENTRY                                       DEGRADED
2026-11-23 12:30:00  withheld     +4930231250  passed   default  -        1.00ms  1795451051695-0  -                                           -
2026-11-23 12:30:00  +4930666200  +4930231250  RED[refused]  list     decline  0.63ms  1795451051694-0  block +4930666200 for calls to +4930231250  -
`},
		{"120", 120, false, []string{"NO_COLOR=1"}, `TIME                 CALLER       DIALLED      VERDICT  CHECK    ACTION   TOOK    ID               ENTRY
2026-11-23 12:30:00  withheld     +4930231250  passed   default  -        1.00ms  1795451051695-0  -
2026-11-23 12:30:00  +4930666200  +4930231250  refused  list     decline  0.63ms  1795451051694-0  block +4930666200 fo…
`},
		{"80, no colours", 80, false, []string{"TERM=dumb"}, `TIME                 CALLER       VERDICT  ID               ENTRY
2026-11-23 12:30:00  withheld     passed   1795451051695-0  -
2026-11-23 12:30:00  +4930666200  refused  1795451051694-0  block +4930666200 f…
not shown: action, check, took, dialled; --wide shows all columns
`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			p := atTerminal(&out, test.width, test.environ...)
			p.wide = test.wide
			if err := writeTable(p, callColumns(), someCalls(t)); err != nil {
				t.Fatal(err)
			}
			got := regexp.MustCompile("\x1b\\[31m(.*?)\x1b\\[0m").ReplaceAllString(out.String(), "RED[$1]")
			// What is left out is said before the table, on stderr.
			if said, table, found := strings.Cut(got, "columns\n"); found && strings.HasPrefix(said, "not shown") {
				got = table + said + "columns\n"
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// No line is wider than the terminal where it can be avoided, and what must be seen is
// there.
func TestAnyListFits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(30, 200).Draw(t, "width")
		text := rapid.StringMatching(`[a-zé 你😀]{0,60}`)
		moment := rapid.Custom(func(t *rapid.T) time.Time {
			return time.Unix(rapid.Int64Range(0, 2).Draw(t, "at")*1_700_000_000, 0)
		})
		var entries []blacklist.Entry
		for i := range rapid.IntRange(1, 8).Draw(t, "entries") {
			number, err := phone.ParsePattern(fmt.Sprintf("+4930%07d", i))
			if err != nil {
				t.Fatal(err)
			}
			entries = append(entries, blacklist.Entry{
				Rule: blacklist.Rule{Pattern: number}, Kind: blacklist.Block, Reason: text.Draw(t, "reason"), Source: text.Draw(t, "source"),
				Author: text.Draw(t, "author"), Created: moment.Draw(t, "created"), Expires: moment.Draw(t, "expires"),
				LastHit: moment.Draw(t, "hit"), Hits: rapid.Int64Range(0, 1e6).Draw(t, "hits"),
			})
		}
		var out strings.Builder
		p := atTerminal(&out, width, "NO_COLOR=1")
		p.err = &strings.Builder{}
		if err := writeTable(p, entryColumns(), entries); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(out.String()) {
			wide := strings.Count(line, "你") + strings.Count(line, "😀")
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) + wide; n > width {
				t.Fatalf("%d of %d columns: %s", n, width, line)
			}
		}
		for _, entry := range entries {
			if !strings.Contains(out.String(), "block  "+entry.Pattern.String()) {
				t.Fatalf("%s is missing in\n%s", entry.Pattern, &out)
			}
		}
	})
}

// Imports and the audit log fit narrow terminals, and a narrow column stays if a wide
// one is left out for it.
func TestNarrowTerminals(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 30, 0, 0, time.Local)
	batches := []app.Report{{Batch: "20261124-cvmg", Kind: "import", State: "done", Source: "complaints", File: "complaints.csv", By: "alice", Started: at}}
	lines := []app.AuditLine{{ID: "1795451051694-0", Time: at, By: "alice", Via: "cli", Action: "block", Number: "+4930666200"}}
	for _, test := range []struct {
		width int
		write func(*program) error
		want  string
	}{
		{80, func(p *program) error { return writeTable(p, batchColumns(), batches) }, "20261124-cvmg  2026-11-23 12:30:00  done   complaints  0      0        0\n"},
		{60, func(p *program) error { return writeTable(p, batchColumns(), batches) }, "20261124-cvmg  2026-11-23 12:30:00  done   complaints  0\n"},
		{60, func(p *program) error { return writeTable(p, auditColumns(), lines) }, "1795451051694-0  2026-11-23 12:30:00  +49306662…  nothing →…\n"},
		{54, func(p *program) error { return writeTable(p, callColumns(), someCalls(t)[:1]) }, "2026-11-23 12:30:00  withheld  +4930231250  passed\n"},
	} {
		var out strings.Builder
		p := atTerminal(&out, test.width, "NO_COLOR=1")
		p.err = &strings.Builder{}
		if err := test.write(p); err != nil {
			t.Fatal(err)
		}
		got := strings.SplitAfter(out.String(), "\n")
		if line := got[len(got)-2]; line != test.want {
			t.Errorf("%d columns:\n%swant\n%s", test.width, &out, test.want)
		}
	}
}

// A table that goes on after its widths are known keeps to them.
func TestALongListKeepsToTheWidth(t *testing.T) {
	t.Parallel()
	rows := make([]row, tableLines+2)
	for i := range rows {
		rows[i].Name = strings.Repeat("n", 60)
	}
	rows[tableLines+1].Name = strings.Repeat("m", 90)
	var out strings.Builder
	columns := []column[row]{{"count", func(r row) any { return r.Count }}, {"name", func(r row) any { return long(r.Name) }}}
	if err := writeTable(atTerminal(&out, 40), columns, rows); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if n := utf8.RuneCountInString(line) - 1; n > 40 {
			t.Fatalf("%d columns: %s", n, line)
		}
	}
}

// Calls that come one by one fit the terminal, with a header before the first one.
func TestFollowedCallsFit(t *testing.T) {
	t.Parallel()
	for _, width := range []int{0, 80, 100, 200} {
		var out, words strings.Builder
		p := atTerminal(&out, width, "NO_COLOR=1")
		p.err = &words
		write := p.followed(outputTable)
		for _, calls := range [][]app.Call{nil, someCalls(t), someCalls(t)[1:]} {
			if err := write(calls); err != nil {
				t.Fatal(err)
			}
		}
		lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], "TIME ") || lines[2] != lines[3] {
			t.Errorf("%d columns:\n%s", width, &out)
		}
		for _, line := range lines {
			if n := utf8.RuneCountInString(line); width > 0 && n > width {
				t.Errorf("%d of %d columns: %s", n, width, line)
			}
		}
		if !strings.Contains(lines[3], "refused") || strings.Contains(words.String(), "not shown") != (width == 80 || width == 100) {
			t.Errorf("%d columns: %q and\n%s", width, &words, &out)
		}
	}
}
