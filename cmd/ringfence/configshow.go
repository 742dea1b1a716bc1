package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

func (p *program) configCommand() *cli.Command {
	return &cli.Command{
		Name:     "config",
		Usage:    "show the configuration",
		Category: categoryProgram,
		Subcommands: []*cli.Command{{
			Name:  "show",
			Usage: "show each value that holds, and where it comes from",
			Description: `
Shows the value of every option and its source: a flag, a variable, a line of
the file, or the default. Secrets are not shown.

Examples:
   ringfence config show
   ringfence config show --config ./ringfence.yml --output json` + exits("0 every value is valid,"),
			Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(everyAudience)...),
			Action: p.configShow,
		}},
	}
}

// settingSource is an option as `config show` shows it.
type settingSource struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

func (p *program) configShow(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := readOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	settings, err := p.settings(c)
	if err != nil {
		return err
	}
	var shown []settingSource
	for _, s := range settings {
		shown = append(shown, settingSource{Name: s.option.name, Value: s.option.masked(s.text), Source: s.source})
	}
	err = writeRows(p.out, format, []column[settingSource]{
		{"name", func(s settingSource) any { return s.Name }},
		{"value", func(s settingSource) any { return s.Value }},
		{"source", func(s settingSource) any { return s.Source }},
	}, shown)
	for _, name := range p.unknownVariables() {
		p.say("the variable %s names no option and is ignored", name)
	}
	// What is wrong with a value is told after all have been shown.
	_, wrong := p.config(c)
	return errors.Join(err, wrong)
}

// unknownVariables returns the variables that look like an option's. They are
// no error: where a service is called ringfence, containers get some.
func (p *program) unknownVariables() []string {
	known := []string{envPrefix + "CONFIG"}
	for _, o := range options() {
		known = append(known, o.env())
		if o.secrecy != public {
			known = append(known, o.env()+envFileSuffix)
		}
	}
	var unknown []string
	for _, variable := range p.environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, envPrefix) && !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
