package calllog

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// By is what calls are counted by.
type By string

// What calls may be counted by.
const (
	ByDay     By = "day"
	ByHour    By = "hour" // of the day
	ByDialled By = "dialled"
	ByRule    By = "rule" // or the check, where no rule decided
	ByCaller  By = "caller"
)

// AllBy returns all that calls may be counted by.
func AllBy() []By { return []By{ByDay, ByHour, ByDialled, ByRule, ByCaller} }

// Tally counts calls by verdict.
type Tally struct {
	// Day as 2026-11-23, hour as 00 to 23, dialled number, rule or check, or caller.
	Name string `json:"name"`
	// All calls.
	Calls int64 `json:"calls"`
	// Calls that continued.
	Passed int64 `json:"passed"`
	// Refused calls.
	Refused int64 `json:"refused"`
	// Calls that would have been refused in the mode enforce.
	Observed int64 `json:"observed"`
	// Calls whose caller hung up before the verdict.
	Abandoned int64 `json:"abandoned"`
}

func (t *Tally) add(verdict Verdict) {
	t.Calls++
	switch verdict {
	case Passed:
		t.Passed++
	case Refused:
		t.Refused++
	case Observed:
		t.Observed++
	case Abandoned:
		t.Abandoned++
	}
}

// Figures counts records. It holds a Tally for each name, but no records.
type Figures struct {
	by      By
	zone    *time.Location
	total   Tally
	tallies []Tally
	// places are the indexes of names in tallies.
	places map[string]int

	// Records are roughly in the order of time, so the last place is often the next
	// one too.
	quarter int64
	last    int
}

// NewFigures returns Figures that count by a key; days and hours are in the zone.
func NewFigures(by By, zone *time.Location) *Figures {
	return &Figures{by: by, zone: zone, places: map[string]int{}, last: -1}
}

// quarterHour is the unit of the offsets of time zones since 1972, in milliseconds.
const quarterHour = int64(15 * time.Minute / time.Millisecond)

// Add counts a record. It copies the texts that it keeps.
func (f *Figures) Add(r Record) {
	f.total.add(r.Verdict)
	switch f.by {
	case ByDay:
		f.addAt(r, time.DateOnly)
	case ByHour:
		f.addAt(r, "15")
	case ByDialled:
		f.tallies[f.place(r.Dialled)].add(r.Verdict)
	case ByRule:
		f.tallies[f.place(cmp.Or(r.Rule, r.Check))].add(r.Verdict)
	case ByCaller:
		f.tallies[f.place(r.Caller)].add(r.Verdict)
	}
}

func (f *Figures) addAt(r Record, layout string) {
	if quarter := r.Time.UnixMilli() / quarterHour; f.last < 0 || quarter != f.quarter {
		f.quarter, f.last = quarter, f.place(r.Time.In(f.zone).Format(layout))
	}
	f.tallies[f.last].add(r.Verdict)
}

func (f *Figures) place(name string) int {
	if place, known := f.places[name]; known {
		return place
	}
	name = strings.Clone(name)
	f.places[name] = len(f.tallies)
	f.tallies = append(f.tallies, Tally{Name: name})
	return len(f.tallies) - 1
}

// Total returns the sum of all; it has no name.
func (f *Figures) Total() Tally { return f.total }

// Len returns the number of rows without a limit.
func (f *Figures) Len() int {
	if f.by == ByDay || f.by == ByHour {
		return len(f.Rows(0))
	}
	return len(f.tallies)
}

// Rows returns the tallies, at most limit; 0 means all. Days are in order, with days
// without calls between them, and limit selects the last ones. There are always 24
// hours. All others are in descending order of calls.
func (f *Figures) Rows(limit int) []Tally {
	switch f.by {
	case ByDay:
		rows := everyDay(f.inOrder())
		if limit > 0 && len(rows) > limit {
			rows = rows[len(rows)-limit:]
		}
		return rows
	case ByHour:
		return everyHour(f.inOrder())
	case ByDialled, ByRule, ByCaller:
	}
	return f.most(limit)
}

func (f *Figures) inOrder() []Tally {
	rows := slices.Clone(f.tallies)
	slices.SortFunc(rows, func(a, b Tally) int { return strings.Compare(a.Name, b.Name) })
	return rows
}

// most returns the tallies with the most calls. It sorts few tallies at a time, because
// there may be a million callers.
func (f *Figures) most(limit int) []Tally {
	compare := func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), strings.Compare(a.Name, b.Name))
	}
	if limit <= 0 || limit > len(f.tallies) {
		limit = len(f.tallies)
	}
	best, worst := []Tally{}, Tally{}
	for _, tally := range f.tallies {
		// A tally after limit others is not among the result.
		if worst.Calls > 0 && compare(worst, tally) < 0 {
			continue
		}
		if best = append(best, tally); len(best) >= 4*limit {
			slices.SortFunc(best, compare)
			best = best[:limit]
			worst = best[limit-1]
		}
	}
	slices.SortFunc(best, compare)
	return best[:limit]
}

// longestGap is the maximum number of days without calls that are shown. A clock that
// was years off must not fill the screen.
const longestGap = 366

func everyDay(rows []Tally) []Tally {
	days := make([]Tally, 0, len(rows))
	var last time.Time
	for _, row := range rows {
		day, err := time.Parse(time.DateOnly, row.Name)
		if gap := day.Sub(last); err == nil && len(days) > 0 && gap <= longestGap*24*time.Hour {
			for next := last.AddDate(0, 0, 1); next.Before(day); next = next.AddDate(0, 0, 1) {
				days = append(days, Tally{Name: next.Format(time.DateOnly)})
			}
		}
		days, last = append(days, row), day
	}
	return days
}

func everyHour(rows []Tally) []Tally {
	if len(rows) == 0 {
		return []Tally{}
	}
	hours := make([]Tally, 24)
	for hour := range hours {
		hours[hour].Name = time.Date(2000, 1, 1, hour, 0, 0, 0, time.UTC).Format("15")
		for _, row := range rows {
			if row.Name == hours[hour].Name {
				hours[hour] = row
			}
		}
	}
	return hours
}
