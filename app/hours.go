package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/schedule"
)

// HoursStore keeps the working time of dialled numbers.
type HoursStore interface {
	Schedule(ctx context.Context) (schedule.Schedule, error)
	// SetHours carries out a change, again if somebody else was faster.
	SetHours(ctx context.Context, change func(map[string]schedule.Hours) error) error
	CalendarStates(ctx context.Context, addresses []string) ([]feed.State, error)
}

// Hours is what a person can do with working time. The zero Number stands for
// all numbers without working time of their own.
type Hours struct {
	Store HoursStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
	// Zone is taken where no zone is named; nil means that one has to be. Taken,
	// if not nil, is called when that happens.
	Zone  *time.Location
	Taken func(zone *time.Location)
}

// Number reads a dialled number in any spelling, or "default".
func (h Hours) Number(text string) (phone.Number, error) {
	if text == schedule.Default {
		return phone.Number{}, nil
	}
	number, err := h.Region.Number(text)
	if err != nil {
		return number, Errorf(Invalid, "", "%w", err)
	}
	return number, nil
}

// HoursName is what the working time of a number is kept under.
func HoursName(number phone.Number) string { return cmp.Or(number.String(), schedule.Default) }

// Parse reads working time.
func (h Hours) Parse(text string) (schedule.Hours, error) {
	hours, err := schedule.Parse(text, nil)
	if err != nil && h.Zone != nil {
		if hours, err = schedule.Parse(text, h.Zone); err == nil && h.Taken != nil {
			h.Taken(h.Zone)
		}
	}
	if err != nil {
		return hours, Errorf(Invalid, "", "%w", err)
	}
	return hours, nil
}

// ReadFile reads lines of NUMBER: TEXT from a file of a name. The error names
// each line that is wrong.
func (h Hours) ReadFile(file io.Reader, name string) (map[phone.Number]schedule.Hours, error) {
	lines, err := ReadLines(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	read, where := map[phone.Number]schedule.Hours{}, map[phone.Number]int{}
	var wrong []error
	for _, line := range lines {
		number, hours, err := h.readLine(line.Text)
		if earlier, twice := where[number]; err == nil && twice {
			err = fmt.Errorf("%s stands in line %d already; leave one of them out", HoursName(number), earlier)
		}
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", name, line.wrong(err)))
			continue
		}
		read[number], where[number] = hours, line.Number
	}
	return read, invalid(wrong)
}

func (h Hours) readLine(line string) (phone.Number, schedule.Hours, error) {
	name, text, found := strings.Cut(line, ": ")
	if !found {
		return phone.Number{}, schedule.Hours{}, errors.New("write a number, a colon, a blank and its working time, such as +4930888: mon-fri 09:00-18:00")
	}
	number, err := h.Number(strings.TrimSpace(name))
	if err != nil {
		return number, schedule.Hours{}, err
	}
	hours, err := h.Parse(text)
	return number, hours, err
}

// HoursState is whether a number is open.
type HoursState struct {
	// Number is as it was asked for, or "default".
	Number string    `json:"number"`
	At     time.Time `json:"at"`
	// Status is "open", "closed" or "unknown", Until when that ends, zero for
	// never.
	Status string    `json:"status"`
	Why    string    `json:"why"`
	Until  time.Time `json:"until,omitzero"`
	// Hours are those that decide, without secrets, "" for none. Own says whether
	// they are the number's own rather than the default.
	Hours string `json:"hours"`
	Own   bool   `json:"own"`
}

func newHoursState(times schedule.Schedule, number phone.Number, at time.Time) HoursState {
	hours, own := times.Hours(number)
	state := times.At(number, at)
	return HoursState{
		Number: HoursName(number), At: at,
		Status: cmp.Or(string(state.Status), "unknown"), Why: state.Why, Until: times.Until(number, at),
		Hours: hours.Shown(feed.ShownAddress), Own: own,
	}
}

// FailingCalendar is a calendar that doesn't close what it should.
type FailingCalendar struct {
	// Address is without secrets.
	Address string
	feed.State
}

// failing returns the calendars that nobody has fetched yet, and those that
// could not be fetched any more.
func (h Hours) failing(ctx context.Context, addresses []string) ([]FailingCalendar, error) {
	states, err := h.Store.CalendarStates(ctx, addresses)
	if err != nil {
		return nil, err
	}
	var failing []FailingCalendar
	for i, state := range states {
		if state.Failures > 0 || state.Succeeded.IsZero() {
			failing = append(failing, FailingCalendar{feed.ShownAddress(addresses[i]), state})
		}
	}
	return failing, nil
}

// List returns what working time means now: the default first, then the numbers.
func (h Hours) List(ctx context.Context) (states []HoursState, failing []FailingCalendar, err error) {
	times, err := h.Store.Schedule(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !times.Others().IsZero() {
		states = append(states, newHoursState(times, phone.Number{}, h.Now()))
	}
	numbers := slices.SortedFunc(maps.Keys(times.Numbers()), func(a, b phone.Number) int { return cmp.Compare(a.String(), b.String()) })
	for _, number := range numbers {
		states = append(states, newHoursState(times, number, h.Now()))
	}
	failing, err = h.failing(ctx, times.Addresses())
	return states, failing, err
}

// Check returns whether a number is open at a moment that is written by the
// clocks of its zone; "" is now.
func (h Hours) Check(ctx context.Context, number phone.Number, at string) (state HoursState, failing []FailingCalendar, err error) {
	times, err := h.Store.Schedule(ctx)
	if err != nil {
		return state, nil, err
	}
	hours, _ := times.Hours(number)
	zone := time.Local
	if !hours.IsZero() {
		zone = hours.Zone()
	}
	moment, err := ReadMoment(at, h.Now(), zone)
	if err != nil {
		return state, nil, err
	}
	failing, err = h.failing(ctx, hours.Calendars())
	return newHoursState(times, number, moment), failing, err
}

// Effective returns what counts for a number now, if anything does, under the
// name that it is kept under.
func (h Hours) Effective(ctx context.Context, number phone.Number) (states []HoursState, failing []FailingCalendar, err error) {
	state, failing, err := h.Check(ctx, number, "")
	if err != nil || state.Hours == "" {
		return nil, failing, err
	}
	if !state.Own {
		state.Number = schedule.Default
	}
	return []HoursState{state}, failing, nil
}

// HoursImport counts numbers by what an import did with their working time.
type HoursImport struct{ Added, Changed, Same int }

// Set sets the working time of numbers; others keep theirs.
func (h Hours) Set(ctx context.Context, read map[phone.Number]schedule.Hours) (HoursImport, error) {
	var done HoursImport
	err := h.Store.SetHours(ctx, func(all map[string]schedule.Hours) error {
		done = HoursImport{}
		for number, hours := range read {
			name := HoursName(number)
			before, found := all[name]
			switch {
			case !found:
				done.Added++
			case before.Equal(hours):
				done.Same++
			default:
				done.Changed++
			}
			all[name] = hours
		}
		return nil
	})
	return done, err
}

// Remove removes working time. The missing had none of their own.
func (h Hours) Remove(ctx context.Context, numbers []phone.Number) (removed, missing []phone.Number, err error) {
	err = h.Store.SetHours(ctx, func(all map[string]schedule.Hours) error {
		removed, missing = nil, nil
		for _, number := range numbers {
			if _, found := all[HoursName(number)]; found {
				removed = append(removed, number)
			} else {
				missing = append(missing, number)
			}
		}
		for _, number := range removed {
			delete(all, HoursName(number))
		}
		return nil
	})
	return removed, missing, err
}

// Export returns lines as ReadFile reads them, with the secrets that addresses
// of calendars hold.
func (h Hours) Export(ctx context.Context) ([]string, error) {
	times, err := h.Store.Schedule(ctx)
	if err != nil {
		return nil, err
	}
	texts, _ := times.Texts()
	var lines []string
	if others, found := texts[schedule.Default]; found {
		lines = append(lines, schedule.Default+": "+others)
		delete(texts, schedule.Default)
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		lines = append(lines, name+": "+texts[name])
	}
	return lines, nil
}
