package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// Names that do not derive from options.
const (
	EnvPrefix     = "RINGFENCE_"
	DefaultFile   = "/etc/ringfence/ringfence.yml"
	FileFlag      = "config"
	envFileSuffix = "_FILE"
)

// Flags are the flags of a command.
type Flags interface {
	// Takes reports whether the command has the flag.
	Takes(name string) bool
	// IsSet reports whether the flag was typed.
	IsSet(name string) bool
	String(name string) string
	Bool(name string) bool
}

// Sources are the places to read options from: the flags, else the environment,
// else the file, else the defaults.
type Sources struct {
	Flags Flags
	// Environ are variables, NAME=VALUE.
	Environ []string
	// File is read when neither a flag nor a variable names one.
	File string
}

// Value is the value of an option, and where it comes from.
type Value struct {
	Option
	Text   string
	Source string
}

// Read returns the configuration from the options that the command takes.
func (s Sources) Read() (Config, error) {
	values, err := s.Values()
	if err != nil {
		return Config{}, err
	}
	var read Config
	errs := s.unknownVariables()
	for _, v := range values {
		// Unset, and without a default.
		if v.Text == "" && v.Source == sourceDefault {
			continue
		}
		if err := v.set(&read, v.Text); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", v.Source, err))
		}
	}
	if len(errs) > 0 {
		return Config{}, errors.Join(errs...)
	}
	return read, nil
}

const sourceDefault = "default"

// Values returns the text and the source of each option that the command takes.
func (s Sources) Values() ([]Value, error) {
	file, err := s.readFile()
	if err != nil {
		return nil, err
	}
	var values []Value
	for _, o := range Options() {
		if !s.Flags.Takes(o.Name) {
			continue
		}
		v, err := s.value(o, file)
		if err != nil {
			return nil, err
		}
		values = append(values, v)
	}
	return values, nil
}

func (s Sources) value(o Option, file file) (Value, error) {
	v := Value{Option: o}
	if s.Flags.IsSet(o.Name) {
		v.Text, v.Source = s.Flags.String(o.Name), "--"+o.Name
		if o.Switch() {
			v.Text = strconv.FormatBool(s.Flags.Bool(o.Name))
		}
		return v, nil
	}
	// Compose files set an empty variable if it is missing.
	if text := s.Getenv(o.Env()); text != "" {
		if o.secrecy != public && s.Getenv(o.Env()+envFileSuffix) != "" {
			return v, fmt.Errorf("both %s and %s are set: unset one", o.Env(), o.Env()+envFileSuffix)
		}
		v.Text, v.Source = text, o.Env()
		return v, nil
	}
	if name := s.Getenv(o.Env() + envFileSuffix); name != "" && o.secrecy != public {
		text, err := readSecret(name)
		if err != nil {
			return v, fmt.Errorf("%s: %w", o.Env()+envFileSuffix, err)
		}
		v.Text, v.Source = text, o.Env()+envFileSuffix+" ("+name+")"
		return v, nil
	}
	if line, ok := file.lines[o.Name]; ok {
		v.Text, v.Source = line.text, fmt.Sprintf("%s:%d: %s", file.name, line.number, o.Name)
		return v, nil
	}
	v.Text, v.Source = o.Default, sourceDefault
	if o.Computed {
		v.Text = o.compute(s.Getenv)
	}
	return v, nil
}

// Getenv returns a variable of the environment, "" if it is unset.
func (s Sources) Getenv(name string) string {
	for _, variable := range s.Environ {
		if text, found := strings.CutPrefix(variable, name+"="); found {
			return text
		}
	}
	return ""
}

// maxSecret is the largest size of a file with a secret, in bytes.
const maxSecret = 64 << 10

// readSecret reads a secret from a file, without newlines at the end.
func readSecret(name string) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if info.IsDir() || info.Size() > maxSecret {
		return "", fmt.Errorf("%s is a folder or too large for a secret", name)
	}
	text, err := os.ReadFile(name) //nolint:gosec // The operator names the file.
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(text), "\r\n"), nil
}

// readFile reads the file that the flag or the variable names, else the default
// file if it exists.
func (s Sources) readFile() (file, error) {
	name, source := s.Flags.String(FileFlag), "--"+FileFlag
	if name == "" {
		name, source = s.Getenv(EnvPrefix+"CONFIG"), EnvPrefix+"CONFIG"
	}
	named := name != ""
	if !named {
		name = s.File
	}
	text, err := os.ReadFile(name) //nolint:gosec // The operator names the file.
	switch {
	case err == nil:
		return parseFile(name, text)
	case !named && errors.Is(err, fs.ErrNotExist):
		return file{}, nil
	case named:
		return file{}, fmt.Errorf("%s: %w", source, err)
	default:
		return file{}, fmt.Errorf("cannot read the configuration: %w; name another with --%s", err, FileFlag)
	}
}
