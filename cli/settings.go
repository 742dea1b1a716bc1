package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/store"
)

func (p *program) settingsCommand() *cli.Command {
	return &cli.Command{
		Name:     "settings",
		Usage:    "show or change settings",
		Category: categoryCalls,
		Subcommands: []*cli.Command{
			p.settingsShowCommand(), p.settingsSetCommand(), p.settingsResetCommand(),
		},
	}
}

func (p *program) settingsShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show settings",
		ArgsUsage: "[NAME…]",
		Description: `
Shows all settings or the named ones: value, default and meaning.

Examples:
   ringfence settings show
   ringfence settings show repeat own` + exits("0 done,"),
		Flags:        settingsFlags(),
		BashComplete: p.offer(settingNames("")...),
		Action: func(c *cli.Context) error {
			names := c.Args().Slice()
			if err := app.CheckSettingNames(names); err != nil {
				return err
			}
			return p.changeSettings(c, names, nil)
		},
	}
}

func (p *program) settingsSetCommand() *cli.Command {
	return &cli.Command{
		Name:      "set",
		Usage:     "change settings",
		ArgsUsage: "NAME=VALUE…",
		Description: `
Changes settings. If one value is invalid, nothing is changed. Settings are stored
in Redis. A change takes effect with the next call, on every instance.

Arguments:
` + settingsText() + `
Examples:
   ringfence settings set mode=observe
   ringfence settings set repeat=on
   ringfence settings set "repeat=5 in 5m; 20 in 1h always for 1d"
   ringfence settings set anonymous=message message-sound=sound:privacy-unident` + exits("0 done,"),
		Flags:        settingsFlags(),
		BashComplete: p.offer(slices.Concat(settingNames("="), settingValues())...),
		Action: func(c *cli.Context) error {
			return p.assignSettings(c, app.Settings.ReadAssignments)
		},
	}
}

func (p *program) settingsResetCommand() *cli.Command {
	return &cli.Command{
		Name:      "reset",
		Usage:     "reset settings to their defaults",
		ArgsUsage: "NAME…",
		Description: `
Resets the named settings to their defaults.

Examples:
   ringfence settings reset anonymous message-sound` + exits("0 done,"),
		Flags:        settingsFlags(),
		BashComplete: p.offer(settingNames("")...),
		Action: func(c *cli.Context) error {
			return p.assignSettings(c, app.Settings.ReadDefaults)
		},
	}
}

func settingsFlags() []cli.Flag {
	return append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore|config.ReadsNumbers)...)
}

// settingsText describes every setting.
func settingsText() string {
	var text strings.Builder
	defaults := policy.DefaultSettings()
	for _, s := range defaults.List() {
		fmt.Fprintf(&text, "   %-16s %s", s.Name, s.Usage)
		if s.Value != "" {
			fmt.Fprintf(&text, " (default: %s)", s.Value)
		}
		text.WriteByte('\n')
	}
	return text.String()
}

// assignSettings changes the settings that read returns for the arguments, and
// shows them. Arguments are checked before Redis is asked.
func (p *program) assignSettings(c *cli.Context, read func(app.Settings, []string) ([]app.Assignment, error)) error {
	if c.NArg() == 0 {
		return usagef("name a setting. See `%s --help`", c.Command.HelpName)
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	assignments, err := read(app.Settings{Region: conf.Region}, c.Args().Slice())
	if err != nil {
		return err
	}
	names := make([]string, len(assignments))
	for i, a := range assignments {
		names[i] = a.Name
	}
	return p.changeSettings(c, names, assignments)
}

// changeSettings applies assignments, if there are any, and shows the named
// settings, or all if none is named.
func (p *program) changeSettings(c *cli.Context, names []string, assignments []app.Assignment) error {
	conf, format, err := p.configAndOutput(c)
	if err != nil {
		return err
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		settings := app.Settings{Store: s, Region: conf.Region}
		if assignments != nil {
			if err := settings.Set(ctx, assignments); err != nil {
				return err
			}
			for _, doubt := range settings.Doubts(assignments) {
				p.say("own: %s", doubt)
			}
		}
		shown, idle, err := settings.Show(ctx, names)
		if err != nil {
			return err
		}
		p.warnIdleRules(idle)
		return writePage(p, format, settingColumns(), app.Whole(shown))
	})
}

// warnIdleRules warns about rate rules that count no calls yet.
func (p *program) warnIdleRules(rules []repeat.Rule) {
	for _, rule := range rules {
		p.say("the rule %q counts no calls, because no working time is set: see `ringfence hours set --help`, or add \"always\" to the rule", rule)
	}
}

func settingColumns() []column[app.Setting] {
	return []column[app.Setting]{
		{"name", func(s app.Setting) any { return s.Name }},
		{"value", func(s app.Setting) any { return long(s.Value) }},
		{"default", func(s app.Setting) any { return cell{value: s.Default, long: true, spare: 1} }},
		{"meaning", func(s app.Setting) any { return cell{value: s.Usage, long: true, spare: 2} }},
	}
}

// settingValues returns NAME=VALUE for settings with few values.
func settingValues() []string {
	var assignments []string
	actions := texts(blacklist.Actions())
	for _, setting := range []struct {
		name   string
		values []string
	}{
		{"mode", []string{string(policy.Enforce), string(policy.Observe)}},
		{"action", actions},
		{"anonymous", append([]string{policy.AllowHidden, policy.RefuseHidden}, actions...)},
		{"repeat", []string{"on", "off"}},
		{"message-answer", []string{"yes", "no"}},
	} {
		for _, value := range setting.values {
			assignments = append(assignments, setting.name+"="+value)
		}
	}
	return assignments
}

// settingNames returns the names of all settings, each with a suffix.
func settingNames(suffix string) []string {
	settings := policy.DefaultSettings()
	var names []string
	for _, s := range settings.List() {
		names = append(names, s.Name+suffix)
	}
	return names
}
