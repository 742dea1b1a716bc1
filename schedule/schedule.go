package schedule

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/ringfence/ringfence/phone"
)

// Status says whether a number is open.
type Status string

// The statuses of a number.
const (
	// Unknown is the status of a number without working time. It is the zero Status
	// and counts as open.
	Unknown Status = ""
	// Open is the status of a number in its working time.
	Open Status = "open"
	// Closed is the status of a number outside it.
	Closed Status = "closed"
)

// State is the state of a number at a moment.
type State struct {
	// "open", "closed" or "" without working time.
	Status Status `json:"status"`
	// Clause that decides: "public holiday Christmas Day".
	Why string `json:"why"`
}

// String returns the state in words: "closed: public holiday Christmas Day".
func (s State) String() string {
	status := string(s.Status)
	if s.Status == Unknown {
		status = "unknown"
	}
	if s.Why == "" {
		return status
	}
	return status + ": " + s.Why
}

// Closed reports whether the number is known to be closed.
func (s State) Closed() bool { return s.Status == Closed }

// Schedule is the working time of all dialled numbers. It is immutable and
// safe for concurrent use; its zero value has none.
type Schedule struct {
	numbers   map[phone.Pattern]*timetable
	others    *timetable
	calendars map[string]Calendar
}

// New makes a schedule of the hours of numbers and of ranges of them, of those of all
// other numbers, which may be zero for none, and of the calendars by the addresses
// under which hours name them. A missing calendar closes nothing.
func New(numbers map[phone.Pattern]Hours, others Hours, calendars map[string]Calendar) Schedule {
	s := Schedule{numbers: make(map[phone.Pattern]*timetable, len(numbers)), calendars: maps.Clone(calendars)}
	for number, hours := range numbers {
		if !hours.IsZero() {
			s.numbers[number] = newTimetable(hours, calendars)
		}
	}
	if !others.IsZero() {
		s.others = newTimetable(others, calendars)
	}
	return s
}

// Times is the working time that applies to a dialled number or to a range.
type Times struct {
	// Of is whose working time it is: the number itself, or the longest range that
	// covers it; the zero Pattern is the default.
	Of    phone.Pattern
	table *timetable
}

// For returns the working time that applies to a dialled number or to a range of them.
// For the zero Pattern, it is the default.
func (s Schedule) For(dialled phone.Pattern) Times {
	for pattern := range dialled.Covering() {
		if table, found := s.numbers[pattern]; found {
			return Times{pattern, table}
		}
	}
	return Times{table: s.others}
}

// Hours returns the hours; zero Hours if there are none.
func (t Times) Hours() Hours {
	if t.table == nil {
		return Hours{}
	}
	return t.table.hours
}

// At returns whether it is open at a moment, and why.
func (t Times) At(at time.Time) State {
	if t.table == nil {
		return State{Unknown, "no working time is set for this number"}
	}
	return t.table.at(at)
}

// Until returns the first moment after the given one at which the status is another, in
// the zone of the hours. It returns the zero time if there is none within fifty years
// after the moment and after the last day that the hours name.
func (t Times) Until(at time.Time) time.Time {
	if t.table == nil {
		return time.Time{}
	}
	return t.table.until(at)
}

// At returns whether the dialled number is open at a moment, and why.
func (s Schedule) At(dialled phone.Number, at time.Time) State {
	return s.For(dialled.Pattern()).At(at)
}

// Until is Times.Until of the dialled number.
func (s Schedule) Until(dialled phone.Number, at time.Time) time.Time {
	return s.For(dialled.Pattern()).Until(at)
}

// Numbers returns the hours of the numbers and ranges that have their own.
func (s Schedule) Numbers() map[phone.Pattern]Hours {
	numbers := make(map[phone.Pattern]Hours, len(s.numbers))
	for number, table := range s.numbers {
		numbers[number] = table.hours
	}
	return numbers
}

// Others returns the hours of all numbers without their own, or zero Hours.
func (s Schedule) Others() Hours {
	if s.others == nil {
		return Hours{}
	}
	return s.others.hours
}

// Calendars returns the calendars by their addresses.
func (s Schedule) Calendars() map[string]Calendar { return maps.Clone(s.calendars) }

// Addresses returns the addresses of all calendars that some hours name, in
// order.
func (s Schedule) Addresses() []string {
	addresses := s.Others().Calendars()
	for _, table := range s.numbers {
		addresses = append(addresses, table.hours.calendars...)
	}
	slices.Sort(addresses)
	return slices.Compact(addresses)
}

// Equal reports whether both are equal.
func (s Schedule) Equal(other Schedule) bool {
	return s.Others().Equal(other.Others()) &&
		maps.EqualFunc(s.Numbers(), other.Numbers(), Hours.Equal) &&
		maps.EqualFunc(s.calendars, other.calendars, Calendar.Equal)
}

// Default is the name of the hours of all numbers without their own.
const Default = "default"

// ParseName parses the name of hours: Default, for which the pattern is
// zero, or a dialled number or range as phone.Pattern.String writes it.
func ParseName(name string) (phone.Pattern, error) {
	if name == Default {
		return phone.Pattern{}, nil
	}
	pattern, err := phone.ParsePattern(name)
	if err != nil {
		return pattern, fmt.Errorf("invalid name: use a dialled number, a range of them, or %s: %w", Default, err)
	}
	return pattern, nil
}

// Texts returns the hours by their names and the calendars by their addresses,
// as Read reads them.
func (s Schedule) Texts() (hours, calendars map[string]string) {
	hours, calendars = map[string]string{}, map[string]string{}
	if others := s.Others(); !others.IsZero() {
		hours[Default] = others.String()
	}
	for number, own := range s.numbers {
		hours[number.String()] = own.hours.String()
	}
	for address, calendar := range s.calendars {
		calendars[address] = calendar.String()
	}
	return hours, calendars
}

// Read makes a schedule of texts. It skips invalid texts and reports them
// in problems, so that one mistake does not affect the rest.
func Read(hours, calendars map[string]string) (s Schedule, problems []error) {
	numbers, others := map[phone.Pattern]Hours{}, Hours{}
	for _, name := range slices.Sorted(maps.Keys(hours)) {
		pattern, err := ParseName(name)
		if err == nil {
			var parsed Hours
			if parsed, err = Parse(hours[name], nil); err == nil && name == Default {
				others = parsed
			} else if err == nil {
				numbers[pattern] = parsed
			}
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("working time of %q: %w", shown(name), err))
		}
	}
	read := make(map[string]Calendar, len(calendars))
	for address, text := range calendars {
		calendar, err := ParseCalendar(text)
		if err != nil {
			// Without the address, which may be a secret.
			problems = append(problems, fmt.Errorf("closed times of a calendar: %w", err))
			continue
		}
		read[address] = calendar
	}
	return New(numbers, others, read), problems
}
