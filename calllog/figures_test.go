package calllog_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/calllog"
)

func at(t *testing.T, zone *time.Location, text string) calllog.Record {
	t.Helper()
	when, err := time.ParseInLocation("2006-01-02 15:04", text, zone)
	if err != nil {
		t.Fatal(err)
	}
	return calllog.Record{Time: when.UTC(), Verdict: calllog.Passed}
}

func names(rows []calllog.Tally) []string {
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
	}
	return names
}

// Days and hours are those of the zone, also where its clocks are put back.
func TestFigures_ByDayAndHour(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	records := []calllog.Record{
		at(t, zone, "2026-10-24 23:59"), at(t, zone, "2026-10-25 00:00"), at(t, zone, "2026-10-25 23:59"), at(t, zone, "2026-10-28 00:01"),
	}
	// 02:30 is twice in that night.
	records = append(records, calllog.Record{Time: time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), Verdict: calllog.Refused},
		calllog.Record{Time: time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), Verdict: calllog.Refused})
	days, hours := calllog.NewFigures(calllog.ByDay, zone), calllog.NewFigures(calllog.ByHour, zone)
	for _, record := range records {
		days.Add(record)
		hours.Add(record)
	}
	want := []calllog.Tally{
		{Name: "2026-10-24", Calls: 1, Passed: 1},
		{Name: "2026-10-25", Calls: 4, Passed: 2, Refused: 2},
		{Name: "2026-10-26"},
		{Name: "2026-10-27"},
		{Name: "2026-10-28", Calls: 1, Passed: 1},
	}
	if diff := gocmp.Diff(want, days.Rows(0)); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
	if diff := gocmp.Diff([]string{"2026-10-27", "2026-10-28"}, names(days.Rows(2))); diff != "" {
		t.Errorf("the last days (-want +got):\n%s", diff)
	}
	rows := hours.Rows(3)
	if len(rows) != 24 || rows[2].Refused != 2 || rows[23].Calls != 2 || rows[0].Calls != 2 || rows[7].Name != "07" {
		t.Errorf("hours: %+v", rows)
	}
}

// A record from before anybody called must not fill the list with days.
func TestFigures_ByDay_LeavesAges(t *testing.T) {
	t.Parallel()
	days := calllog.NewFigures(calllog.ByDay, time.UTC)
	days.Add(calllog.Record{})
	days.Add(at(t, time.UTC, "2026-10-24 23:59"))
	if diff := gocmp.Diff([]string{"0001-01-01", "2026-10-24"}, names(days.Rows(0))); diff != "" {
		t.Errorf("days (-want +got):\n%s", diff)
	}
}

func TestFigures_WithoutCalls(t *testing.T) {
	t.Parallel()
	for _, by := range calllog.AllBy() {
		if rows := calllog.NewFigures(by, time.UTC).Rows(0); rows == nil || len(rows) > 0 {
			t.Errorf("by %s: %v, want an empty list", by, rows)
		}
	}
}

// The figures are those of counting each name by itself.
func TestFigures_AreThoseOfAPlainCount(t *testing.T) {
	t.Parallel()
	zones := []*time.Location{time.UTC, time.FixedZone("Kathmandu", 20700), time.FixedZone("St. John's", -12600)}
	names := map[calllog.By]func(calllog.Record, *time.Location) string{
		calllog.ByDay:     func(r calllog.Record, zone *time.Location) string { return r.Time.In(zone).Format(time.DateOnly) },
		calllog.ByHour:    func(r calllog.Record, zone *time.Location) string { return r.Time.In(zone).Format("15") },
		calllog.ByDialled: func(r calllog.Record, _ *time.Location) string { return r.Dialled },
		calllog.ByRule:    func(r calllog.Record, _ *time.Location) string { return cmp.Or(r.Rule, r.Check) },
		calllog.ByCaller:  func(r calllog.Record, _ *time.Location) string { return r.Caller },
	}
	rapid.Check(t, func(t *rapid.T) {
		zone := rapid.SampledFrom(zones).Draw(t, "zone")
		start := time.Date(2026, 3, 28, 0, 0, 0, 0, time.UTC)
		records := rapid.SliceOf(rapid.Custom(func(t *rapid.T) calllog.Record {
			text := rapid.SampledFrom([]string{"", "a", "b", "c", "d", "e", "f", "g", "h", "i"})
			return calllog.Record{
				Time:   start.Add(time.Duration(rapid.Int64Range(0, 3*86400*1000).Draw(t, "time")) * time.Millisecond),
				Caller: text.Draw(t, "caller"), Dialled: text.Draw(t, "dialled"), Rule: text.Draw(t, "rule"), Check: text.Draw(t, "check"),
				Verdict: rapid.SampledFrom(calllog.Verdicts()).Draw(t, "verdict"),
			}
		})).Draw(t, "records")
		for by, name := range names {
			figures := calllog.NewFigures(by, zone)
			plain := map[string]int64{}
			for _, record := range records {
				figures.Add(record)
				plain[name(record, zone)]++
			}
			if all := figures.Rows(0); by != calllog.ByDay && by != calllog.ByHour {
				for limit := 1; limit <= len(all)+1; limit++ {
					if diff := gocmp.Diff(all[:min(limit, len(all))], figures.Rows(limit)); diff != "" {
						t.Fatalf("by %s, the first %d (-want +got):\n%s", by, limit, diff)
					}
				}
			}
			rows := slices.DeleteFunc(figures.Rows(0), func(row calllog.Tally) bool { return row.Calls == 0 })
			for _, row := range rows {
				if row.Calls != plain[row.Name] || row.Calls != row.Passed+row.Refused+row.Observed+row.Abandoned {
					t.Fatalf("by %s: %+v, want %d", by, row, plain[row.Name])
				}
			}
			if len(rows) != len(plain) || figures.Total().Calls != int64(len(records)) {
				t.Fatalf("by %s: %d rows of %d, %d calls of %d", by, len(rows), len(plain), figures.Total().Calls, len(records))
			}
			if byCalls := by != calllog.ByDay && by != calllog.ByHour; byCalls && !slices.IsSortedFunc(rows, func(a, b calllog.Tally) int {
				return cmp.Compare(b.Calls, a.Calls)
			}) {
				t.Fatalf("by %s: not in order: %v", by, rows)
			}
		}
	})
}
