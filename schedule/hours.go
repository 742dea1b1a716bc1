package schedule

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Hours is the working time of one dialled number. Parse returns it; the zero
// Hours is none at all. It is immutable.
type Hours struct {
	zone      *time.Location
	week      [7][]span // by time.Weekday, each in order and without overlaps
	off       []days
	holidays  []string
	work      []workDays
	calendars []string
}

// workDays are extra working days with hours of their own.
type workDays struct {
	days  days
	spans []span
}

// IsZero reports whether there is no working time, which is not the same
// as always closed.
func (h Hours) IsZero() bool { return h.zone == nil }

// Zone returns the time zone, nil for the zero Hours.
func (h Hours) Zone() *time.Location { return h.zone }

// Calendars returns the addresses of the iCal feeds that the hours name.
func (h Hours) Calendars() []string { return slices.Clone(h.calendars) }

// Holidays returns the codes of the regions whose public holidays close.
func (h Hours) Holidays() []string { return slices.Clone(h.holidays) }

// Equal reports whether both are equal.
func (h Hours) Equal(other Hours) bool { return h.String() == other.String() }

// Shown returns the canonical text with each address of a calendar as mask
// returns it: an address may hold a secret.
func (h Hours) Shown(mask func(address string) string) string {
	text := h.String()
	// Backwards, so that an address comes before another that is a part of it.
	for _, address := range slices.Backward(h.calendars) {
		text = strings.ReplaceAll(text, address, mask(address))
	}
	return text
}

// String returns the canonical text, which Parse reads back to equal Hours.
// It names the zone. The zero Hours has none.
func (h Hours) String() string {
	if h.IsZero() {
		return ""
	}
	clauses := h.weekClauses()
	clauses = append(clauses, "zone "+h.zone.String())
	if len(h.off) > 0 {
		clauses = append(clauses, "off "+join(h.off))
	}
	if len(h.holidays) > 0 {
		clauses = append(clauses, "holidays "+strings.Join(h.holidays, ", "))
	}
	for _, work := range h.work {
		clauses = append(clauses, "work "+work.days.String()+" "+join(work.spans))
	}
	for _, address := range h.calendars {
		clauses = append(clauses, "calendar "+address)
	}
	return strings.Join(clauses, "; ")
}

// weekOrder begins with Monday (ISO 8601).
var weekOrder = [7]time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}

func (h Hours) weekClauses() []string {
	names := h.dayNames()
	var clauses []string
	for _, weekday := range weekOrder {
		spans := h.week[weekday]
		if clause := names[weekday] + " " + join(spans); len(spans) > 0 && !slices.Contains(clauses, clause) {
			clauses = append(clauses, clause)
		}
	}
	switch {
	case len(clauses) == 0:
		return []string{"closed"}
	case slices.Equal(clauses, []string{"mon-sun 00:00-24:00"}):
		return []string{"24/7"}
	}
	return clauses
}

// dayNames returns, for each day of the week, the name of all days that have
// the same hours: "mon-fri".
func (h Hours) dayNames() (names [7]string) {
	for _, weekday := range weekOrder {
		var runs []string
		for i := 0; i < len(weekOrder); i++ {
			first := i
			for i < len(weekOrder) && slices.Equal(h.week[weekOrder[i]], h.week[weekday]) {
				i++
			}
			switch i {
			case first:
				continue
			case first + 1:
				runs = append(runs, shortName(weekOrder[first]))
			default:
				runs = append(runs, shortName(weekOrder[first])+"-"+shortName(weekOrder[i-1]))
			}
		}
		names[weekday] = strings.Join(runs, ", ")
	}
	return names
}

func shortName(weekday time.Weekday) string { return strings.ToLower(weekday.String()[:3]) }

func join[T interface{ String() string }](list []T) string {
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = one.String()
	}
	return strings.Join(texts, ", ")
}

// normalise sorts everything as String writes it and joins
// intervals that overlap or touch, so that equal hours have equal texts.
func (h *Hours) normalise() {
	for weekday := range h.week {
		h.week[weekday] = union(h.week[weekday])
	}
	slices.SortFunc(h.off, compareDays)
	h.off = slices.Compact(h.off)
	slices.Sort(h.holidays)
	h.holidays = slices.Compact(h.holidays)
	slices.SortStableFunc(h.work, func(a, b workDays) int { return compareDays(a.days, b.days) })
	h.work = joinWork(h.work)
	slices.Sort(h.calendars)
	h.calendars = slices.Compact(h.calendars)
}

func joinWork(sorted []workDays) (joined []workDays) {
	for _, work := range sorted {
		if last := len(joined) - 1; last >= 0 && joined[last].days == work.days {
			joined[last].spans = union(slices.Concat(joined[last].spans, work.spans))
			continue
		}
		joined = append(joined, workDays{work.days, union(work.spans)})
	}
	return joined
}

func union(spans []span) (joined []span) {
	slices.SortFunc(spans, func(a, b span) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	for _, next := range spans {
		if last := len(joined) - 1; last >= 0 && next.from <= joined[last].to {
			joined[last].to = max(joined[last].to, next.to)
			continue
		}
		joined = append(joined, next)
	}
	return joined
}
