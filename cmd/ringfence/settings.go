package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func (p *program) settingsCommand() *cli.Command {
	return &cli.Command{
		Name:      "settings",
		Usage:     "show or change the rules of the house",
		Category:  categoryCalls,
		ArgsUsage: "[NAME=VALUE…]",
		Description: `
Shows the settings, or changes them: all of those named, or none if one is
wrong. They are kept in Redis, so that they hold on every Ringfence from the
next call on.

Arguments:
` + settingsText() + `
Examples:
   ringfence settings
   ringfence settings mode=observe
   ringfence settings anonymous=message message-sound=sound:privacy-unident
   ringfence settings --reset anonymous message-sound` + exits("0 done,"),
		Flags: append([]cli.Flag{
			&cli.BoolFlag{Name: "reset", Usage: "set the named settings back to their defaults", DisableDefaultText: true},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(asksStore|readsNumbers)...),
		Action: p.settingsAction,
	}
}

// settingsText describes every setting.
func settingsText() string {
	var text strings.Builder
	defaults := screen.DefaultSettings()
	for _, s := range defaults.List() {
		fmt.Fprintf(&text, "   %-16s %s", s.Name, s.Usage)
		if s.Value != "" {
			fmt.Fprintf(&text, " (default: %s)", s.Value)
		}
		text.WriteByte('\n')
	}
	return text.String()
}

func (p *program) settingsAction(c *cli.Context) error {
	config, err := p.config(c)
	if err != nil {
		return err
	}
	format, err := readOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	change, err := readSettings(c, config.Region)
	if err != nil {
		return err
	}
	return p.withStore(c, config, func(ctx context.Context, s *store.Store) error {
		if c.NArg() > 0 {
			if err := s.SetSettings(ctx, change); err != nil {
				return err
			}
		}
		settings, err := s.Settings(ctx)
		if err != nil {
			return err
		}
		return writeRows(p.out, format, settingColumns(), settingReports(settings, c))
	})
}

// readSettings returns the change that the arguments ask for. It has been
// tried, and works.
func readSettings(c *cli.Context, region phone.Region) (func(*screen.Settings) error, error) {
	if c.Bool("reset") && c.NArg() == 0 {
		return nil, usagef("which settings? Name those that get their defaults back")
	}
	defaults := make(map[string]string)
	defaultSettings := screen.DefaultSettings()
	for _, s := range defaultSettings.List() {
		defaults[s.Name] = s.Value
	}
	change := func(settings *screen.Settings) error {
		var wrong []error
		for _, argument := range c.Args().Slice() {
			name, value, assigned := strings.Cut(argument, "=")
			switch {
			case c.Bool("reset") && assigned:
				wrong = append(wrong, fmt.Errorf("%q: --reset takes names only", argument))
				continue
			case c.Bool("reset"):
				value = defaults[name]
			case !assigned:
				wrong = append(wrong, fmt.Errorf("%q: write NAME=VALUE", argument))
				continue
			}
			if err := settings.Set(name, value, region); err != nil {
				wrong = append(wrong, err)
			}
		}
		return errors.Join(wrong...)
	}
	if err := change(&defaultSettings); err != nil {
		return nil, usageError{err}
	}
	return change, nil
}

// settingReport is a setting as it is shown.
type settingReport struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Usage   string `json:"usage"`
}

// settingReports returns all settings, or those that the arguments name.
func settingReports(settings screen.Settings, c *cli.Context) []settingReport {
	var named []string
	for _, argument := range c.Args().Slice() {
		name, _, _ := strings.Cut(argument, "=")
		named = append(named, name)
	}
	defaultSettings := screen.DefaultSettings()
	defaults := defaultSettings.List()
	var reports []settingReport
	for i, s := range settings.List() {
		if len(named) == 0 || slices.Contains(named, s.Name) {
			reports = append(reports, settingReport{Name: s.Name, Value: s.Value, Default: defaults[i].Value, Usage: s.Usage})
		}
	}
	return reports
}

func settingColumns() []column[settingReport] {
	return []column[settingReport]{
		{"name", func(s settingReport) any { return s.Name }},
		{"value", func(s settingReport) any { return s.Value }},
		{"default", func(s settingReport) any { return s.Default }},
		{"meaning", func(s settingReport) any { return s.Usage }},
	}
}
