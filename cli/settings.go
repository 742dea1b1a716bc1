package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

func (p *program) settingsCommand() *cli.Command {
	return &cli.Command{
		Name:     "settings",
		Usage:    "show or change the rules of the house",
		Category: categoryCalls,
		Subcommands: []*cli.Command{
			p.settingsShowCommand(), p.settingsSetCommand(), p.settingsResetCommand(),
		},
	}
}

func (p *program) settingsShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show the rules of the house",
		ArgsUsage: "[NAME…]",
		Description: `
Shows all settings, or those named: what holds, what holds by default, and
what it means.

Examples:
   ringfence settings show
   ringfence settings show repeat own` + exits("0 done,"),
		Flags: settingsFlags(),
		Action: func(c *cli.Context) error {
			names := c.Args().Slice()
			if err := knownSettings(names); err != nil {
				return err
			}
			return p.changeSettings(c, names, nil)
		},
	}
}

func (p *program) settingsSetCommand() *cli.Command {
	return &cli.Command{
		Name:      "set",
		Usage:     "change some of the rules of the house",
		ArgsUsage: "NAME=VALUE…",
		Description: `
Changes the settings that are named: all of them, or none if one is wrong.
They are kept in Redis, so that they hold on every Ringfence from the next call
on.

Arguments:
` + settingsText() + `
Examples:
   ringfence settings set mode=observe
   ringfence settings set repeat=on
   ringfence settings set "repeat=5 in 5m; 20 in 1h always for 1d"
   ringfence settings set anonymous=message message-sound=sound:privacy-unident` + exits("0 done,"),
		Flags: settingsFlags(),
		Action: func(c *cli.Context) error {
			values := make(map[string]string)
			var names []string
			var wrong []error
			for _, argument := range c.Args().Slice() {
				name, value, assigned := strings.Cut(argument, "=")
				_, twice := values[name]
				switch {
				case !assigned:
					wrong = append(wrong, fmt.Errorf("%q: write NAME=VALUE", argument))
					continue
				case twice:
					wrong = append(wrong, fmt.Errorf("%s stands twice: which value is it to have?", name))
				}
				names = append(names, name)
				values[name] = value
			}
			return p.setSettings(c, names, values, wrong)
		},
	}
}

func (p *program) settingsResetCommand() *cli.Command {
	return &cli.Command{
		Name:      "reset",
		Usage:     "give some of the rules of the house their defaults back",
		ArgsUsage: "NAME…",
		Description: `
Sets the named settings back to their defaults.

Examples:
   ringfence settings reset anonymous message-sound` + exits("0 done,"),
		Flags: settingsFlags(),
		Action: func(c *cli.Context) error {
			names := c.Args().Slice()
			if err := knownSettings(names); err != nil {
				return err
			}
			values := make(map[string]string)
			defaults := screen.DefaultSettings()
			for _, s := range defaults.List() {
				values[s.Name] = s.Value
			}
			return p.setSettings(c, names, values, nil)
		},
	}
}

func settingsFlags() []cli.Flag {
	return append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.AsksStore|config.ReadsNumbers)...)
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

// knownSettings refuses names that no setting has.
func knownSettings(names []string) error {
	defaults := screen.DefaultSettings()
	var wrong []error
	for _, name := range names {
		if name, _, assigned := strings.Cut(name, "="); assigned {
			wrong = append(wrong, fmt.Errorf("write the name alone, without =: %s; to change it, `ringfence settings set`", name))
		} else if _, err := defaults.Get(name); err != nil {
			wrong = append(wrong, err)
		}
	}
	if len(wrong) > 0 {
		return usageError{errors.Join(wrong...)}
	}
	return nil
}

// setSettings changes the named settings to the values; wrong is what is the
// matter with the arguments so far.
func (p *program) setSettings(c *cli.Context, names []string, values map[string]string, wrong []error) error {
	if len(names) == 0 && len(wrong) == 0 {
		return usagef("which settings? See `%s --help`", c.Command.HelpName)
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	change := func(settings *screen.Settings) error {
		var failed []error
		for _, name := range names {
			if err := settings.Set(name, values[name], conf.Region); err != nil {
				failed = append(failed, err)
			}
		}
		return errors.Join(failed...)
	}
	// It is tried before anything is asked.
	defaults := screen.DefaultSettings()
	if wrong = append(wrong, change(&defaults)); errors.Join(wrong...) != nil {
		return usageError{errors.Join(wrong...)}
	}
	return p.changeSettings(c, names, change)
}

// changeSettings carries out a change, if there is one, and shows the named
// settings, or all if none is named.
func (p *program) changeSettings(c *cli.Context, names []string, change func(*screen.Settings) error) error {
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		if change != nil {
			if err := s.SetSettings(ctx, change); err != nil {
				return err
			}
		}
		policy, err := s.Policy(ctx)
		if err != nil {
			return err
		}
		p.warnIdleRules(policy)
		return writeRows(p.out, format, settingColumns(), settingReports(policy.Settings, names))
	})
}

// warnIdleRules says so if there are rules that wait for a working time that
// nobody has set.
func (p *program) warnIdleRules(policy screen.Policy) {
	for _, rule := range policy.Settings.Repeat {
		if rule.When == repeat.OffHours && len(policy.Schedule.Numbers()) == 0 && policy.Schedule.Others().IsZero() {
			p.say("the rule %q counts nothing yet, since no working time is set: see `ringfence hours set --help`, or write \"always\" into the rule", rule)
		}
	}
}

// settingReport is a setting as it is shown.
type settingReport struct {
	Name    string `json:"name"`
	Value   string `json:"value"`
	Default string `json:"default"`
	Usage   string `json:"usage"`
}

// settingReports returns all settings, or those that are named.
func settingReports(settings screen.Settings, names []string) []settingReport {
	defaultSettings := screen.DefaultSettings()
	defaults := defaultSettings.List()
	var reports []settingReport
	for i, s := range settings.List() {
		if len(names) == 0 || slices.Contains(names, s.Name) {
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
