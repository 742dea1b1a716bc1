package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/calllog"
)

func drawRows(t *rapid.T) []row {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) row {
		return row{rapid.StringN(0, 12, 40).Draw(t, "name"), rapid.Int64().Draw(t, "count"), time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "at"), 0)}
	}), 0, 30).Draw(t, "rows")
}

// What is written row by row is what was written as a whole.
func TestStreamedRowsAreThoseOfTheWhole(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rows := drawRows(t)
		var got, whole strings.Builder
		counts := make([]calllog.Tally, len(rows))
		for i, r := range rows {
			counts[i] = calllog.Tally{Name: r.Name, Calls: r.Count}
		}
		total := func(written int64) (int64, error) { return written, nil }
		if err := streamRows(&program{out: &got}, outputJSON, nil, errorless(counts), total); err != nil {
			t.Fatal(err)
		}
		if err := writeJSON(&whole, app.Whole(counts)); err != nil {
			t.Fatal(err)
		}
		if got.String() != whole.String() {
			t.Fatalf("got\n%swant\n%s", got.String(), whole.String())
		}
		var back struct {
			Counts []calllog.Tally
			Total  int
		}
		if err := json.Unmarshal([]byte(got.String()), &back); err != nil || len(back.Counts) != len(rows) || back.Total != len(rows) {
			t.Fatal(err)
		}

		// A tabwriter takes every character for one column.
		for i, r := range rows {
			rows[i].Name = strings.Map(func(c rune) rune {
				if c < firstCombining {
					return c
				}
				return -1
			}, r.Name)
		}
		got.Reset()
		if err := writeTable(&program{out: &got}, rowColumns(), rows); err != nil {
			t.Fatal(err)
		}
		var table strings.Builder
		w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(w, "NAME\tCOUNT\tLAST SEEN")
		for _, r := range rows {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", printable(tableText(r.Name)), tableText(r.Count), tableText(r.At))
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if got.String() != table.String() {
			t.Fatalf("got\n%swant\n%s", got.String(), table.String())
		}
	})
}

func errorless[T any](rows []T) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	}
}

// A list is on its way before its end is known, and nothing of it is kept.
func TestRowsAreWrittenAsTheyCome(t *testing.T) {
	t.Parallel()
	for _, format := range outputFormats() {
		var out strings.Builder
		const rows, lag = 20_000, 2 * tableLines
		broken := errors.New("redis is away")
		columns := []column[calllog.Tally]{{"name", func(c calllog.Tally) any { return c.Name }}}
		err := streamRows(&program{out: &out}, format, columns, func(yield func(calllog.Tally, error) bool) {
			for i := range rows {
				if !yield(calllog.Tally{Name: fmt.Sprintf("row-%06d", i)}, nil) {
					return
				}
				if i > lag && !strings.Contains(out.String()[max(0, out.Len()-lag*200):], fmt.Sprintf("row-%06d", i-lag)) {
					t.Errorf("%s: %d bytes after %d rows", format, out.Len(), i)
					return
				}
			}
			yield(calllog.Tally{}, broken)
		}, nil)
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", format, err)
		}
		if format == outputJSON && json.Valid([]byte(out.String())) {
			t.Error("a list that broke off looks whole")
		}
	}
}

// A cell that is longer than those of the first page widens its column.
func TestALongCellWidensItsColumn(t *testing.T) {
	t.Parallel()
	rows := make([]row, tableLines+2)
	for i := range rows {
		rows[i].Name = "a"
	}
	rows[tableLines].Name = "somewhat longer"
	var out strings.Builder
	if err := writeTable(&program{out: &out}, rowColumns(), rows); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(out.String(), "\n")
	for i, want := range map[int]string{
		0: "NAME  COUNT  LAST SEEN", 1: "a     0      -", tableLines: "a     0      -",
		tableLines + 1: "somewhat longer  0      -", tableLines + 2: "a                0      -",
	} {
		if lines[i] != want {
			t.Errorf("line %d is %q, want %q", i, lines[i], want)
		}
	}
}
