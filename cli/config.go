package cli

import (
	"errors"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

func (p *program) configCommand() *cli.Command {
	return &cli.Command{
		Name:     "config",
		Usage:    "show the configuration",
		Category: categoryProgram,
		Subcommands: []*cli.Command{{
			Name:  "show",
			Usage: "show each value, and where it comes from",
			Description: `
Shows the value of every option and its source: a flag, an environment
variable, a line of the file, or the default. Secrets are hidden.

Examples:
   ringfence config show
   ringfence config show --config ./ringfence.yml --output json` + exits("0 every value is valid,"),
			Flags:  append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.Everyone)...),
			Action: p.configShow,
		}},
	}
}

// settingSource is an option as `config show` shows it.
type settingSource struct {
	// Name of the option.
	Name string `json:"name"`
	// Value; secrets are hidden.
	Value string `json:"value"`
	// Where the value comes from: a flag, a variable, a line of the file, or "default".
	Source string `json:"source"`
}

func (p *program) configShow(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := p.readOutput(c)
	if err != nil {
		return err
	}
	settings, err := p.sources(c).Values()
	if err != nil {
		return usagef("%w", err)
	}
	var shown []settingSource
	for _, s := range settings {
		shown = append(shown, settingSource{Name: s.Name, Value: s.Masked(s.Text), Source: s.Source})
	}
	err = writePage(p, format, []column[settingSource]{
		{"name", func(s settingSource) any { return s.Name }},
		{"value", func(s settingSource) any { return long(s.Value) }},
		{"source", func(s settingSource) any { return long(s.Source) }},
	}, app.Named("options", shown))
	// Errors are reported after all values are shown.
	_, wrong := p.config(c)
	return errors.Join(err, wrong)
}

const configCategory = "Configuration"

// configFlags returns --config and the flags of options for an audience.
func configFlags(takers config.Audience) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{
		Name: config.FileFlag, Category: configCategory, DefaultText: config.DefaultFile,
		Usage: "the configuration `FILE` [$" + config.EnvPrefix + "CONFIG]", TakesFile: true,
	}}
	for _, o := range config.Options() {
		usage := o.Usage + " [$" + o.Env() + "]"
		switch {
		case o.Audience&takers == 0:
		case o.Switch():
			flags = append(flags, &cli.BoolFlag{Name: o.Name, Usage: usage, Category: configCategory, DisableDefaultText: true})
		default:
			flags = append(flags, choiceFlag{&cli.StringFlag{Name: o.Name, Usage: usage, DefaultText: o.Default, Category: configCategory}, o.Choices})
		}
	}
	return flags
}

// commandFlags are the flags of a command.
type commandFlags struct{ *cli.Context }

// Takes reports whether the command has the flag.
func (f commandFlags) Takes(name string) bool {
	return slices.ContainsFunc(f.Command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}

// sources returns where a command reads its configuration from.
func (p *program) sources(c *cli.Context) config.Sources {
	return config.Sources{Flags: commandFlags{c}, Environ: p.environ(), File: p.configFile}
}

// config reads the options that the command takes.
func (p *program) config(c *cli.Context) (config.Config, error) {
	read, err := p.sources(c).Read()
	if err != nil {
		return read, usagef("%w", err)
	}
	return read, nil
}

// getenv returns an environment variable, "" if it is not set.
func (p *program) getenv(name string) string {
	return config.Sources{Environ: p.environ()}.Getenv(name)
}
