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
	tallies []Tally
	// places are those of the names among the tallies.
	places map[string]int

	// Records come in the order of their time, more or less: the last place is
	// often the next one, too.
	quarter int64
	last    int
}

// NewFigures counts by something, days and hours as the zone has them.
func NewFigures(by By, zone *time.Location) *Figures {
	return &Figures{by: by, zone: zone, places: map[string]int{}, last: -1}
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

// Rows returns the tallies, limit at the most; 0 stands for all. Days come in
// their order, those without calls between them included, and the limit keeps
// the last ones; of hours there are all; others come with the most calls first.
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

// most returns those with the most calls. It sorts few at a time: there may be
// a million callers, of whom ten are asked for.
func (f *Figures) most(limit int) []Tally {
	compare := func(a, b Tally) int {
		return cmp.Or(cmp.Compare(b.Calls, a.Calls), strings.Compare(a.Name, b.Name))
	}
	if limit <= 0 || limit > len(f.tallies) {
		limit = len(f.tallies)
	}
	best, worst := []Tally{}, Tally{}
	for _, tally := range f.tallies {
		// What comes behind so many others, never comes among them.
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
