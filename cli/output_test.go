package cli

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/calllog"
)

func TestPrintable(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"plain", "silent calls, été 你好", "silent calls, été 你好"},
		{"newline and tab", "a\nb\tc", `a\nb\tc`},
		{"escape sequence", "\x1b[31mred", `\x1b[31mred`},
		{"C1 control", "\u009b31m", `\u009b31m`},
		{"right to left", "a\u202eb", `a\u202eb`},
		{"no UTF-8", "a\xffb", `a\xffb`},
		{"delete", "a\x7f", `a\x7f`},
		{"an honest replacement character", "\ufffd", "\ufffd"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := printable(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

type row struct {
	Name  string    `json:"name"`
	Count int64     `json:"count"`
	At    time.Time `json:"at"`
}

func rowColumns() []column[row] {
	return []column[row]{
		{"name", func(r row) any { return r.Name }},
		{"count", func(r row) any { return r.Count }},
		{"last seen", func(r row) any { return r.At }},
	}
}

func TestWriteRows(t *testing.T) {
	at := time.Date(2026, 11, 23, 12, 30, 0, 0, time.Local)
	rows := []row{{"=evil\u009b\n", 1, at}, {"", 20, time.Time{}}}
	tests := []struct {
		format string
		rows   []row
		want   string
	}{
		{outputTable, rows, "NAME           COUNT  LAST SEEN\n" + `=evil\u009b\n` + "  1      2026-11-23 12:30:00\n-              20     -\n"},
		{outputTable, nil, "NAME  COUNT  LAST SEEN\n"},
		{outputCSV, rows, "name,count,at\n'" + `=evil\u009b\n` + ",1," + at.UTC().Format(time.RFC3339) + "\n,20,\n"},
		{outputCSV, nil, "name,count,at\n"},
		{outputLines, rows[:1], `{"name":"=evil\u009b\n","count":1,"at":"` + at.Format(time.RFC3339) + "\"}\n"},
		{outputLines, nil, ""},
		{outputJSON, nil, "{\n  \"rows\": [],\n  \"total\": 0\n}\n"},
	}
	for _, test := range tests {
		var out strings.Builder
		if err := writePage(&program{out: &out}, test.format, rowColumns(), app.Named("rows", test.rows)); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, out.String()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.format, diff)
		}
	}
}

// What is escaped for the terminal's sake reads back as what it was.
func TestWriteJSONIsSafeAndTrue(t *testing.T) {
	want := []string{"\u009b31m", "a\u202eb", "\x7f", "\U000e0041", "été 😀", "\x1b\n"}
	var out strings.Builder
	if err := writeJSON(&out, want); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(strings.TrimSuffix(out.String(), "\n"), "\n") {
		if printable(line) != line {
			t.Errorf("unsafe line %q", line)
		}
	}
	var got []string
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestWithBars(t *testing.T) {
	t.Parallel()
	rows := []calllog.Tally{
		{Name: "a", Calls: 20, Refused: 5}, {Name: "b", Calls: 1, Refused: 1}, {Name: "ü"}, {Name: "d", Calls: 10, Refused: 9},
	}
	const table = "DAY  CALLS\na    20\nb    1\nü    0\nd    10\n"
	for _, test := range []struct {
		width int
		want  string
	}{
		{0, table},
		{20, table},
		{22, "DAY  CALLS\na    20     ███▒▒▒▒▒▒▒\nb    1      █\nü    0\nd    10     ████▒\n"},
		{1000, "DAY  CALLS\na    20     " + strings.Repeat("█", 15) + strings.Repeat("▒", 45) +
			"\nb    1      ███\nü    0\nd    10     " + strings.Repeat("█", 27) + "▒▒▒\n"},
	} {
		if diff := cmp.Diff(test.want, withBars(table, rows, test.width)); diff != "" {
			t.Errorf("%d columns (-want +got):\n%s", test.width, diff)
		}
	}
}
