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

// Tally counts calls by what became of them.
type Tally struct {
	// Name is the day as 2026-11-23, the hour as 00 to 23, the dialled number,
	// the rule or check, or the caller.
	Name      string `json:"name"`
	Calls     int64  `json:"calls"`
	Passed    int64  `json:"passed"`
	Refused   int64  `json:"refused"`
	Observed  int64  `json:"observed"`
	Abandoned int64  `json:"abandoned"`
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

// Figures counts records. It holds a Tally for each name, and no record.
type Figures struct {
	by      By
	zone    *time.Location
	total   Tally
	tallies map[string]*Tally

	// Records come in the order of their time, more or less: the last tally is
	// often the next one, too.
	quarter int64
	last    *Tally
}

// NewFigures counts by something, days and hours as the zone has them.
func NewFigures(by By, zone *time.Location) *Figures {
	return &Figures{by: by, zone: zone, tallies: map[string]*Tally{}}
}

// quarterHour is the unit that zones differ in from each other and from
// themselves over the year, since 1972.
const quarterHour = int64(15 * time.Minute / time.Millisecond)

// Add counts a record. Its texts need not outlive the call.
func (f *Figures) Add(r Record) {
	f.total.add(r.Verdict)
	switch f.by {
	case ByDay:
		f.addAt(r, time.DateOnly)
	case ByHour:
		f.addAt(r, "15")
	case ByDialled:
		f.tally(r.Dialled).add(r.Verdict)
	case ByRule:
		f.tally(cmp.Or(r.Rule, r.Check)).add(r.Verdict)
	case ByCaller:
		f.tally(r.Caller).add(r.Verdict)
	}
}

func (f *Figures) addAt(r Record, layout string) {
	if quarter := r.Time.UnixMilli() / quarterHour; f.last == nil || quarter != f.quarter {
		f.quarter, f.last = quarter, f.tally(r.Time.In(f.zone).Format(layout))
	}
	f.last.add(r.Verdict)
}

func (f *Figures) tally(name string) *Tally {
	if tally := f.tallies[name]; tally != nil {
		return tally
	}
	name = strings.Clone(name)
	tally := &Tally{Name: name}
	f.tallies[name] = tally
	return tally
}

// Total returns the sum of all; it has no name.
func (f *Figures) Total() Tally { return f.total }

// Rows returns the tallies, limit at the most; 0 stands for all. Days come in
// their order, those without calls between them included, and the limit keeps
// the last ones; of hours there are all; others come with the most calls first.
func (f *Figures) Rows(limit int) []Tally {
	rows := make([]Tally, 0, len(f.tallies))
	for _, tally := range f.tallies {
		rows = append(rows, *tally)
	}
	slices.SortFunc(rows, func(a, b Tally) int {
		if f.by == ByDay || f.by == ByHour {
			return strings.Compare(a.Name, b.Name)
		}
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), strings.Compare(a.Name, b.Name))
	})
	switch {
	case f.by == ByDay:
		rows = everyDay(rows)
		if limit > 0 && len(rows) > limit {
			rows = rows[len(rows)-limit:]
		}
	case f.by == ByHour && len(rows) > 0:
		rows = everyHour(rows)
	case limit > 0 && len(rows) > limit:
		rows = rows[:limit]
	}
	return rows
}

// longestGap is how many days without a call are told one by one. A clock that
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
