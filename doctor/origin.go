package doctor

import (
	"fmt"
	"regexp"
	"strings"
)

// Origin says where the value of an option comes from, in the words of `config
// show`: "--redis", "RINGFENCE_REDIS", "RINGFENCE_REDIS_FILE (/run/secret)",
// "/etc/ringfence/ringfence.yml:3: redis" or "default".
type Origin string

const (
	originDefault = "default"
	envPrefix     = "RINGFENCE_"
	secretSuffix  = "_FILE"
	// maskedPassword replaces a password that Ringfence does not know.
	maskedPassword = "PASSWORD"
)

var (
	fileOrigin   = regexp.MustCompile(`^(.+):(\d+): ([a-z-]+)$`)
	secretOrigin = regexp.MustCompile(`^(` + envPrefix + `\w+` + secretSuffix + `) \((.+)\)$`)
)

// File returns the file that the value is read from.
func (o Origin) File() (name string, known bool) {
	if file := fileOrigin.FindStringSubmatch(string(o)); file != nil {
		return file[1], true
	}
	if secret := secretOrigin.FindStringSubmatch(string(o)); secret != nil {
		return secret[2], true
	}
	return "", false
}

// variable returns the name of an option's environment variable.
func variable(option string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(option, "-", "_"))
}

// where says, as the end of a sentence, where the option is changed and what
// applies the change.
func (t Target) where(option string) string {
	const restart = ", and restart ringfence serve"
	origin := string(t.Options[option])
	if file := fileOrigin.FindStringSubmatch(origin); file != nil {
		return fmt.Sprintf("; edit line %s of %s", file[2], file[1]) + restart
	}
	if secret := secretOrigin.FindStringSubmatch(origin); secret != nil {
		return "; write it into " + secret[2] + restart
	}
	switch {
	case strings.HasPrefix(origin, "--"):
		return "; type --" + option + " with another value, for ringfence serve too"
	case origin == originDefault && t.ConfigFile != "":
		return "; write it into " + t.ConfigFile + restart
	}
	return "; change " + variable(option) + " also where ringfence serve is started" + restart
}
