package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
)

// SettingsStore stores the settings.
type SettingsStore interface {
	// SetSettings runs a change, again if another process changed the settings
	// meanwhile.
	SetSettings(ctx context.Context, change func(*policy.Settings) error) error
	Policy(ctx context.Context) (policy.Policy, error)
}

// Settings shows and changes settings.
type Settings struct {
	Store SettingsStore
	// Region reads national spellings.
	Region phone.Region
}

// Assignment is a setting's new value.
type Assignment struct{ Name, Value string }

// ReadAssignments reads NAME=VALUE texts. The error names each invalid one.
func (s Settings) ReadAssignments(texts []string) ([]Assignment, error) {
	var assignments []Assignment
	var errs Errors
	if spaced := joinAssignment(texts); spaced != "" {
		return nil, Errorf(Invalid, "", "use NAME=VALUE, without blanks around =: '%s'", spaced)
	}
	for _, text := range texts {
		name, value, assigned := strings.Cut(text, "=")
		if !assigned {
			errs.add("", fmt.Errorf("%q: use NAME=VALUE", text))
			continue
		}
		if slices.ContainsFunc(assignments, func(a Assignment) bool { return a.Name == name }) {
			errs.add("", fmt.Errorf("%s is set twice: remove one of them", name))
		}
		assignments = append(assignments, Assignment{name, value})
	}
	defaults := policy.DefaultSettings()
	errs.add("", s.assign(assignments, &defaults))
	return assignments, errs.err()
}

// joinAssignment returns NAME=VALUE for the name of a setting and its value that were
// typed as words, as in "mode observe" or "mode = observe", else "".
func joinAssignment(texts []string) string {
	if len(texts) < 2 || CheckSettingNames(texts[:1]) != nil {
		return ""
	}
	value := strings.TrimSpace(strings.TrimPrefix(strings.Join(texts[1:], " "), "="))
	if value == "" || strings.Contains(value, "=") {
		return ""
	}
	return texts[0] + "=" + value
}

// ReadDefaults returns the assignments that reset settings to their defaults.
func (s Settings) ReadDefaults(names []string) ([]Assignment, error) {
	if err := CheckSettingNames(names); err != nil {
		return nil, err
	}
	defaults := policy.DefaultSettings()
	var assignments []Assignment
	for _, setting := range defaults.List() {
		if slices.Contains(names, setting.Name) {
			assignments = append(assignments, Assignment{setting.Name, setting.Value})
		}
	}
	return assignments, nil
}

// CheckSettingNames returns an error that names each unknown setting.
func CheckSettingNames(names []string) error {
	defaults := policy.DefaultSettings()
	var errs Errors
	for _, name := range names {
		if name, _, assigned := strings.Cut(name, "="); assigned {
			errs.add("", Errorf(Invalid, "", "write the name without = and value: %s", name).hint(HintSet, name))
		} else if _, err := defaults.Get(name); err != nil {
			errs.add("", err)
		}
	}
	return errs.err()
}

func (s Settings) assign(assignments []Assignment, settings *policy.Settings) error {
	var errs Errors
	for _, a := range assignments {
		err := settings.Set(a.Name, a.Value, s.Region)
		if err == nil {
			err = readsBack(a.Name, settings)
		}
		errs.add("", err)
	}
	return errs.err()
}

// readsBack returns an error if a setting is lost when it is read from Redis, where no
// region reads it: an own number such as 030.
func readsBack(name string, settings *policy.Settings) error {
	stored, err := settings.Get(name)
	if err != nil {
		return err
	}
	again := policy.DefaultSettings()
	return again.Set(name, stored, "")
}

// Set changes settings: all of them, or none.
func (s Settings) Set(ctx context.Context, assignments []Assignment) error {
	return s.Store.SetSettings(ctx, func(settings *policy.Settings) error { return s.assign(assignments, settings) })
}

// Doubts returns the doubts about own numbers that are assigned.
func (s Settings) Doubts(assignments []Assignment) []string {
	var doubts []string
	for _, a := range assignments {
		if a.Name != "own" {
			continue
		}
		for number := range strings.SplitSeq(a.Value, ",") {
			if doubt := DialledDoubt(strings.TrimSpace(number), s.Region); doubt != "" {
				doubts = append(doubts, doubt)
			}
		}
	}
	return doubts
}

// Setting is a setting with its value and meaning.
type Setting struct {
	// Name.
	Name string `json:"name"`
	// Value that applies.
	Value string `json:"value"`
	// Default value.
	Default string `json:"default"`
	// Meaning.
	Usage string `json:"meaning"`
}

// Show returns the named settings, or all if none is named, and the idle rate rules.
func (s Settings) Show(ctx context.Context, names []string) (shown []Setting, idle []repeat.Rule, err error) {
	current, err := s.Store.Policy(ctx)
	if err != nil {
		return nil, nil, err
	}
	defaultSettings := policy.DefaultSettings()
	defaults := defaultSettings.List()
	for i, setting := range current.Settings.List() {
		if len(names) == 0 || slices.Contains(names, setting.Name) {
			shown = append(shown, Setting{Name: setting.Name, Value: setting.Value, Default: defaults[i].Value, Usage: setting.Usage})
		}
	}
	return shown, IdleRules(current), nil
}

// IdleRules returns the rate rules that count no calls, because no working time is
// set.
func IdleRules(policy policy.Policy) []repeat.Rule {
	var idle []repeat.Rule
	for _, rule := range policy.Settings.Repeat {
		if rule.When == repeat.OffHours && len(policy.Schedule.Numbers()) == 0 && policy.Schedule.Others().IsZero() {
			idle = append(idle, rule)
		}
	}
	return idle
}
