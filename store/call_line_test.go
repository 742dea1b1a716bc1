package store

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/calllog"
)

func TestALineTellsItsRecord(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		written := rapid.Int64Range(0, 4e12).Draw(t, "written")
		lag := rapid.Int64Range(-1e12, 1e14).Draw(t, "lag")
		record := calllog.Record{
			ID:     strconv.FormatInt(written, 10) + "-" + strconv.Itoa(rapid.IntRange(0, 1000).Draw(t, "seq")),
			Time:   time.UnixMilli(written - lag).UTC(),
			Caller: anyText().Draw(t, "caller"), Dialled: anyText().Draw(t, "dialled"),
			Verdict: calllog.Verdict(anyText().Draw(t, "verdict")), Check: anyText().Draw(t, "check"),
			Hours: calllog.Hours(anyText().Draw(t, "hours")), Rule: anyText().Draw(t, "rule"),
		}
		line := record.ID + "\t" + strconv.FormatInt(lag, 10) + "\t" + callLine(&record)
		read, valid := readCallLine(line)
		if diff := cmp.Diff(record, read); diff != "" || !valid {
			t.Fatalf("%q, valid %v (-want +got):\n%s", line, valid, diff)
		}
		if strings.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("the line %q has control characters", line)
		}
	})
}

// What a line is taken for, it is written as.
func FuzzReadCallLine(f *testing.F) {
	f.Add("1772366400000-0\t35\t+4930123456\t100\trefused\tlist\tclosed\tblock +4930123456")
	f.Add("1-1\t-1\t\\t\\x7c\\\t\t\t\t\t")
	f.Add("\t\t\t\t\t\t\t")
	f.Fuzz(func(t *testing.T, line string) {
		record, valid := readCallLine(line)
		if !valid {
			return
		}
		id, known := readStreamID(record.ID)
		if !known {
			t.Fatalf("a record of %q has no ID", line)
		}
		again := record.ID + "\t" + strconv.FormatInt(id.ms-record.Time.UnixMilli(), 10) + "\t" + callLine(&record)
		read, valid := readCallLine(again)
		if diff := cmp.Diff(record, read); diff != "" || !valid {
			t.Fatalf("%q is written %q (-want +got):\n%s", line, again, diff)
		}
	})
}

// FuzzLineMatcher holds what the matcher finds in a page to a look at each line.
// Lines that no Ringfence would write so, it may pass over.
func FuzzLineMatcher(f *testing.F) {
	f.Add("1-1\t0\t+4930\t100\trefused\tlist\t\tblock +4930*\n1-2\t0\t+49301\t100\tpassed\tdefault\topen\t\nhalf", "+4930*", "", "", "", "", "")
	f.Fuzz(func(t *testing.T, page, caller, dialled, verdict, check, rule, hours string) {
		filter := calllog.Filter{
			Caller: caller, Dialled: dialled, Verdict: calllog.Verdict(verdict), Check: check, Rule: rule, Hours: calllog.Hours(hours),
		}
		var want, got []string
		chosen := func(line string) (string, bool) {
			record, valid := readCallLine(line)
			return record.ID, valid && strings.HasSuffix(line, "\t"+callLine(&record)) && filter.Matches(record)
		}
		for line := range strings.Lines(page) {
			line, whole := strings.CutSuffix(line, "\n")
			if id, chosen := chosen(line); whole && chosen {
				want = append(want, id)
			}
		}
		for _, line := range newLineMatcher(filter).lines(page) {
			if id, chosen := chosen(line); chosen {
				got = append(got, id)
			}
		}
		if !slices.Equal(want, got) {
			t.Errorf("%+v finds %q in %q, want %q", filter, got, page, want)
		}
	})
}
