package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"
)

const (
	envPrefix         = "RINGFENCE_"
	envFileSuffix     = "_FILE"
	defaultConfigFile = "/etc/ringfence/ringfence.yml"
	configFlag        = "config"
	configCategory    = "Configuration"
)

// setting is the value of an option and where it comes from.
type setting struct {
	option option
	text   string
	source string
}

// configFlags returns the flags of the options that the audience takes, and
// --config.
func configFlags(takers audience) []cli.Flag {
	flags := []cli.Flag{&cli.StringFlag{
		Name: configFlag, Category: configCategory, DefaultText: defaultConfigFile,
		Usage: "the configuration `FILE` [$" + envPrefix + "CONFIG]", TakesFile: true,
	}}
	for _, o := range options() {
		usage := o.usage + " [$" + o.env() + "]"
		switch {
		case o.audience&takers == 0:
		case o.isSwitch():
			flags = append(flags, &cli.BoolFlag{Name: o.name, Usage: usage, Category: configCategory, DisableDefaultText: true})
		default:
			flags = append(flags, &cli.StringFlag{Name: o.name, Usage: usage, DefaultText: o.fallback, Category: configCategory})
		}
	}
	return flags
}

// config reads the options that the command takes: from its flags, else from
// the environment, else from the file, else the defaults.
func (p *program) config(c *cli.Context) (config, error) {
	settings, err := p.settings(c)
	if err != nil {
		return config{}, err
	}
	var read config
	var wrong []error
	for _, s := range settings {
		// An absent value without a default is no value at all.
		if s.text == "" && s.source == sourceDefault {
			continue
		}
		if err := s.option.set(&read, s.text); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", s.source, err))
		}
	}
	if len(wrong) > 0 {
		return config{}, usageError{errors.Join(wrong...)}
	}
	return read, nil
}

const sourceDefault = "default"

// settings finds the text and the source of each option that the command takes.
func (p *program) settings(c *cli.Context) ([]setting, error) {
	file, err := p.readConfigFile(c)
	if err != nil {
		return nil, err
	}
	var settings []setting
	for _, o := range options() {
		if !takesFlag(c.Command, o.name) {
			continue
		}
		s, err := p.setting(c, o, file)
		if err != nil {
			return nil, err
		}
		settings = append(settings, s)
	}
	return settings, nil
}

func takesFlag(command *cli.Command, name string) bool {
	return slices.ContainsFunc(command.Flags, func(f cli.Flag) bool { return slices.Contains(f.Names(), name) })
}

func (p *program) setting(c *cli.Context, o option, file configFile) (setting, error) {
	s := setting{option: o}
	if c.IsSet(o.name) {
		s.text, s.source = c.String(o.name), "--"+o.name
		if o.isSwitch() {
			s.text = strconv.FormatBool(c.Bool(o.name))
		}
		return s, nil
	}
	// An empty variable is what compose files make of an absent one.
	if text := p.getenv(o.env()); text != "" {
		if o.secrecy != public && p.getenv(o.env()+envFileSuffix) != "" {
			return s, usagef("both %s and %s are set: unset one", o.env(), o.env()+envFileSuffix)
		}
		s.text, s.source = text, o.env()
		return s, nil
	}
	if name := p.getenv(o.env() + envFileSuffix); name != "" && o.secrecy != public {
		text, err := readSecret(name)
		if err != nil {
			return s, usagef("%s: %w", o.env()+envFileSuffix, err)
		}
		s.text, s.source = text, o.env()+envFileSuffix+" ("+name+")"
		return s, nil
	}
	if line, ok := file.lines[o.name]; ok {
		s.text, s.source = line.text, fmt.Sprintf("%s:%d: %s", file.name, line.number, o.name)
		return s, nil
	}
	s.text, s.source = o.fallback, sourceDefault
	if o.computed != nil {
		s.text = o.computed(p.getenv)
	}
	return s, nil
}

// getenv returns a variable of the environment, "" if it isn't there.
func (p *program) getenv(name string) string {
	for _, variable := range p.environ() {
		if text, found := strings.CutPrefix(variable, name+"="); found {
			return text
		}
	}
	return ""
}

// maxSecret bounds what is read from a secret's file; it may be any file.
const maxSecret = 64 << 10

// readSecret reads a secret from a file, which usually ends with a newline
// that is no part of it.
func readSecret(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.IsDir() || info.Size() > maxSecret {
		return "", fmt.Errorf("%s is no file with a secret", name)
	}
	text, err := os.ReadFile(name) //nolint:gosec // The operator names the file.
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// readConfigFile reads the file that the flag or the variable names, else the
// default one if it is there.
func (p *program) readConfigFile(c *cli.Context) (configFile, error) {
	name, source := c.String(configFlag), "--"+configFlag
	if name == "" {
		name, source = p.getenv(envPrefix+"CONFIG"), envPrefix+"CONFIG"
	}
	named := name != ""
	if !named {
		name = p.configFile
	}
	text, err := os.ReadFile(name) //nolint:gosec // The operator names the file.
	switch {
	case err == nil:
		return parseConfigFile(name, text)
	case !named && errors.Is(err, fs.ErrNotExist):
		return configFile{}, nil
	case named:
		return configFile{}, usagef("%s: %w", source, err)
	default:
		return configFile{}, usagef("cannot read the configuration: %w; name another with --%s", err, configFlag)
	}
}
