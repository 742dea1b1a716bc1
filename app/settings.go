package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
)

// SettingsStore keeps the settings.
type SettingsStore interface {
	// SetSettings carries out a change, again if somebody else was faster.
	SetSettings(ctx context.Context, change func(*policy.Settings) error) error
	Policy(ctx context.Context) (policy.Policy, error)
}

// Settings is what a person can do with the settings.
type Settings struct {
	Store SettingsStore
	// Region reads national spellings.
	Region phone.Region
}

// Assignment is a setting's new value.
type Assignment struct{ Name, Value string }

// ReadAssignments reads NAME=VALUE texts. The error names each that is wrong.
func (s Settings) ReadAssignments(texts []string) ([]Assignment, error) {
	var assignments []Assignment
	var wrong []error
	for _, text := range texts {
		name, value, assigned := strings.Cut(text, "=")
		if !assigned {
			wrong = append(wrong, fmt.Errorf("%q: write NAME=VALUE", text))
			continue
		}
		if slices.ContainsFunc(assignments, func(a Assignment) bool { return a.Name == name }) {
			wrong = append(wrong, fmt.Errorf("%s stands twice: which value is it to have?", name))
		}
		assignments = append(assignments, Assignment{name, value})
	}
	defaults := policy.DefaultSettings()
	return assignments, invalid(append(wrong, s.assign(assignments, &defaults)))
}

// Defaults returns the assignments that set settings back to their defaults.
func (s Settings) Defaults(names []string) ([]Assignment, error) {
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

// CheckSettingNames refuses names that no setting has.
func CheckSettingNames(names []string) error {
	defaults := policy.DefaultSettings()
	var wrong []error
	for _, name := range names {
		if name, _, assigned := strings.Cut(name, "="); assigned {
			wrong = append(wrong, fmt.Errorf("write the name alone, without =: %s; to change it, `ringfence settings set`", name))
		} else if _, err := defaults.Get(name); err != nil {
			wrong = append(wrong, err)
		}
	}
	return invalid(wrong)
}

func (s Settings) assign(assignments []Assignment, settings *policy.Settings) error {
	var wrong []error
	for _, a := range assignments {
		wrong = append(wrong, settings.Set(a.Name, a.Value, s.Region))
	}
	return errors.Join(wrong...)
}

// Set changes settings: all of them, or none.
func (s Settings) Set(ctx context.Context, assignments []Assignment) error {
	return s.Store.SetSettings(ctx, func(settings *policy.Settings) error { return s.assign(assignments, settings) })
}

// Setting is a setting as it is shown.
type Setting struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Usage   string `json:"usage"`
}

// Show returns the named settings, or all, and the rate rules that are idle.
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

// IdleRules returns the rate rules that count nothing: they wait for a working
// time that nobody has set.
func IdleRules(policy policy.Policy) []repeat.Rule {
	var idle []repeat.Rule
	for _, rule := range policy.Settings.Repeat {
		if rule.When == repeat.OffHours && len(policy.Schedule.Numbers()) == 0 && policy.Schedule.Others().IsZero() {
			idle = append(idle, rule)
		}
	}
	return idle
}
