package schedule

import (
	"fmt"
	"maps"
	"slices"

	"github.com/ringfence/ringfence/phone"
)

// Default is the name of the hours of all numbers without their own.
const Default = "default"

// ParseName reads what hours are kept under: Default, for which the number is
// zero, or a dialled number as phone.Number.String writes it.
func ParseName(name string) (phone.Number, error) {
	if name == Default {
		return phone.Number{}, nil
	}
	number, err := phone.ParseNumber(name)
	if err == nil && !number.Known() {
		err = fmt.Errorf("%q is no number that can be dialled, and not %s", shown(name), Default)
	}
	return number, err
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

// Read makes a schedule of texts. What cannot be read is left out, and told in
// problems, so that one slip doesn't cost the rest.
func Read(hours, calendars map[string]string) (s Schedule, problems []error) {
	numbers, others := map[phone.Number]Hours{}, Hours{}
	for _, name := range slices.Sorted(maps.Keys(hours)) {
		number, err := ParseName(name)
		if err == nil {
			var parsed Hours
			if parsed, err = Parse(hours[name], nil); err == nil && name == Default {
				others = parsed
			} else if err == nil {
				numbers[number] = parsed
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
			// Not by its address, which may be a secret.
			problems = append(problems, fmt.Errorf("what a calendar closes: %w", err))
			continue
		}
		read[address] = calendar
	}
	return New(numbers, others, read), problems
}
