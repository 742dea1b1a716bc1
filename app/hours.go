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

// HoursStore stores the working time of dialled numbers.
type HoursStore interface {
	Schedule(ctx context.Context) (schedule.Schedule, error)
	// SetHours runs a change, again if another process changed the hours meanwhile.
	SetHours(ctx context.Context, change func(map[string]schedule.Hours) error) error
	CalendarStates(ctx context.Context, addresses []string) ([]feed.State, error)
}

// Hours shows and changes working time, of numbers and of ranges of them. The zero
// Pattern means the default: all numbers without their own working time.
type Hours struct {
	Store HoursStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
	// Zone is used for texts without a zone; if it is nil, such texts are invalid.
	// OnZone, if not nil, is called when Zone is used.
	Zone   *time.Location
	OnZone func(zone *time.Location)
	// Access is what calendars may read.
	Access Access
}

// ReadNumber reads a dialled number or range in any spelling, or "default".
func (h Hours) ReadNumber(text string) (phone.Pattern, error) {
	if text == schedule.Default {
		return phone.Pattern{}, nil
	}
	pattern, err := h.Region.Dialled(text)
	if err != nil {
		return pattern, Errorf(Invalid, "", "%w", err)
	}
	return pattern, nil
}

// HoursName returns the name under which the working time of a number or range is
// stored.
func HoursName(number phone.Pattern) string { return cmp.Or(number.String(), schedule.Default) }

// ReadHours reads the text of working time.
func (h Hours) ReadHours(text string) (schedule.Hours, error) {
	hours, err := schedule.Parse(text, nil)
	if err != nil && h.Zone != nil {
		if hours, err = schedule.Parse(text, h.Zone); err == nil && h.OnZone != nil {
			h.OnZone(h.Zone)
		}
	}
	if err != nil {
		return hours, Errorf(Invalid, "", "%w", err)
	}
	return hours, nil
}

// ReadFile reads lines "NUMBER: TEXT" from a file. Name is for errors, which name
// each invalid line.
func (h Hours) ReadFile(file io.Reader, name string) (map[phone.Pattern]schedule.Hours, error) {
	lines, err := ReadLines(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	read, where := map[phone.Pattern]schedule.Hours{}, map[phone.Pattern]int{}
	var errs Errors
	for _, line := range lines {
		number, hours, err := h.readLine(line.Text)
		if earlier, twice := where[number]; err == nil && twice {
			err = fmt.Errorf("%s is also in line %d; remove one of them", HoursName(number), earlier)
		}
		if err != nil {
			errs.add("", fmt.Errorf("%s: %w", name, line.inLine(err)))
			continue
		}
		read[number], where[number] = hours, line.Number
	}
	return read, errs.err()
}

func (h Hours) readLine(line string) (phone.Pattern, schedule.Hours, error) {
	name, text, found := strings.Cut(line, ": ")
	if !found {
		return phone.Pattern{}, schedule.Hours{}, errors.New("invalid line: use NUMBER: TEXT, for example +4930888: mon-fri 09:00-18:00")
	}
	number, err := h.ReadNumber(strings.TrimSpace(name))
	if err != nil {
		return number, schedule.Hours{}, err
	}
	hours, err := h.ReadHours(text)
	return number, hours, err
}

// HoursState is the state of a dialled number.
type HoursState struct {
	// Dialled number, or "default".
	Number string `json:"number"`
	// Time that was checked.
	At time.Time `json:"at"`
	// Time zone of the working time; "" without working time.
	Zone string `json:"zone"`
	// "open", "closed" or "unknown".
	Status string `json:"status"`
	// Clause that decides.
	Why string `json:"why"`
	// When the status ends; missing if it never ends.
	Until time.Time `json:"until,omitzero"`
	// Working time that applies, without secrets; "" for none.
	Hours string `json:"hours"`
	// True if the number has its own working time, false for that of a range or the
	// default.
	Own bool `json:"own"`
	// Whose working time applies: the number, a range, or "default"; missing for none.
	Applies string `json:"applies,omitempty"`
}

func newHoursState(times schedule.Schedule, number phone.Pattern, at time.Time) HoursState {
	applying := times.For(number)
	hours, state := applying.Hours(), applying.At(at)
	shown := HoursState{
		Number: HoursName(number), At: at.UTC().Truncate(time.Second),
		Status: cmp.Or(string(state.Status), "unknown"), Why: state.Why, Until: applying.Until(at),
		Hours: hours.Shown(feed.ShownAddress), Own: applying.Of == number && number != phone.Pattern{},
	}
	if !hours.IsZero() {
		shown.Applies, shown.Zone = HoursName(applying.Of), hours.Zone().String()
	}
	if !shown.Until.IsZero() {
		shown.Until = shown.Until.UTC()
	}
	return shown
}

// FailingCalendar is a calendar that was not fetched, or of which a part cannot be read.
type FailingCalendar struct {
	// Address has no secrets.
	Address string
	feed.State
}

// failing returns the calendars that were never fetched, those whose last fetch failed, and
// those with problems.
func (h Hours) failing(ctx context.Context, addresses []string) ([]FailingCalendar, error) {
	states, err := h.Store.CalendarStates(ctx, addresses)
	if err != nil {
		return nil, err
	}
	var failing []FailingCalendar
	for i, state := range states {
		if state.Failures > 0 || state.Succeeded.IsZero() || len(state.Problems) > 0 {
			failing = append(failing, FailingCalendar{feed.ShownAddress(addresses[i]), state})
		}
	}
	return failing, nil
}

// List returns the current states: the default first, then the numbers.
func (h Hours) List(ctx context.Context) (states []HoursState, failing []FailingCalendar, err error) {
	times, err := h.Store.Schedule(ctx)
	if err != nil {
		return nil, nil, err
	}
	if !times.Others().IsZero() {
		states = append(states, newHoursState(times, phone.Pattern{}, h.Now()))
	}
	numbers := slices.SortedFunc(maps.Keys(times.Numbers()), func(a, b phone.Pattern) int { return cmp.Compare(a.String(), b.String()) })
	for _, number := range numbers {
		states = append(states, newHoursState(times, number, h.Now()))
	}
	failing, err = h.failing(ctx, times.Addresses())
	return states, failing, err
}

// Check returns the state of a number at a time in its zone; "" means now.
func (h Hours) Check(ctx context.Context, number phone.Pattern, at string) (state HoursState, failing []FailingCalendar, err error) {
	times, err := h.Store.Schedule(ctx)
	if err != nil {
		return state, nil, err
	}
	hours := times.For(number).Hours()
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

// Effective returns the current state of a number, under the name of the range or of
// "default" if their working time applies, or no state if there is none.
func (h Hours) Effective(ctx context.Context, number phone.Pattern) (states []HoursState, failing []FailingCalendar, err error) {
	state, failing, err := h.Check(ctx, number, "")
	if err != nil || state.Hours == "" {
		return nil, failing, err
	}
	state.Number = state.Applies
	return []HoursState{state}, failing, nil
}

// Local returns a time of the state in the zone of the working time.
func (s HoursState) Local(at time.Time) time.Time {
	if zone, err := time.LoadLocation(s.Zone); err == nil && s.Zone != "" {
		return at.In(zone)
	}
	return at.Local()
}

// HoursChanges counts numbers by what a change did with their working time.
type HoursChanges struct {
	// Numbers that had none of their own.
	Added int `json:"added"`
	// Numbers that had another one.
	Changed int `json:"changed"`
	// Numbers that had the same.
	Unchanged int `json:"unchanged"`
}

// HoursRemoval is what a removal did with the working time of one number.
type HoursRemoval struct {
	// Number, range or "default".
	Number string `json:"number"`
	// "removed", or "missing": it had none of its own.
	Effect Effect `json:"effect"`
	// Whose working time applies now: that of a range, or "default"; missing for none.
	Applies string `json:"applies,omitempty"`
}

// checkCalendars returns an error for each calendar that may not be read.
func (h Hours) checkCalendars(read map[phone.Pattern]schedule.Hours) error {
	var errs Errors
	for _, number := range slices.SortedFunc(maps.Keys(read), func(a, b phone.Pattern) int { return cmp.Compare(a.String(), b.String()) }) {
		for _, address := range read[number].Calendars() {
			if err := h.Access.Check(address); err != nil {
				errs.add("", fmt.Errorf("%s: calendar %s: %w", HoursName(number), feed.ShownAddress(address), err))
			}
		}
	}
	return errs.err()
}

// Set sets the working time of the given numbers.
func (h Hours) Set(ctx context.Context, read map[phone.Pattern]schedule.Hours) (HoursChanges, error) {
	var done HoursChanges
	if err := h.checkCalendars(read); err != nil {
		return done, err
	}
	err := h.Store.SetHours(ctx, func(all map[string]schedule.Hours) error {
		done = HoursChanges{}
		for number, hours := range read {
			name := HoursName(number)
			before, found := all[name]
			switch {
			case !found:
				done.Added++
			case before.Equal(hours):
				done.Unchanged++
			default:
				done.Changed++
			}
			all[name] = hours
		}
		return nil
	})
	return done, err
}

// Remove removes working time. After an error of the store that follows the change, it
// returns what was removed, without what applies now.
func (h Hours) Remove(ctx context.Context, numbers []phone.Pattern) (removals []HoursRemoval, err error) {
	err = h.Store.SetHours(ctx, func(all map[string]schedule.Hours) error {
		removals = nil
		for _, number := range numbers {
			removal := HoursRemoval{Number: HoursName(number), Effect: NoEntry}
			if _, found := all[removal.Number]; found {
				removal.Effect = Removed
			}
			removals = append(removals, removal)
		}
		for _, removal := range removals {
			delete(all, removal.Number)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	times, err := h.Store.Schedule(ctx)
	if err != nil {
		return removals, err
	}
	for i, number := range numbers {
		if applying := times.For(number); !applying.Hours().IsZero() {
			removals[i].Applies = HoursName(applying.Of)
		}
	}
	return removals, nil
}

// Export returns lines for ReadFile. Addresses of calendars have their secrets.
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
