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
	// maskedPassword stands for a password that Ringfence does not know.
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

// change returns the lines that give an option another value where it is set, so
// that it applies to `serve` too once that is restarted: see where.
func (t Target) change(option, value string) []string {
	origin := string(t.Options[option])
	if file := fileOrigin.FindStringSubmatch(origin); file != nil {
		return []string{fmt.Sprintf("sudo sed -i %s %s", shellQuoted(file[2]+"s|.*|"+sedText(option+": "+value)+"|"), shellWord(file[1]))}
	}
	if secret := secretOrigin.FindStringSubmatch(origin); secret != nil {
		return []string{fmt.Sprintf("printf %%s %s | sudo tee %s > /dev/null", shellQuoted(value), shellWord(secret[2]))}
	}
	switch {
	case strings.HasPrefix(origin, "--"):
		return []string{"ringfence doctor --" + option + " " + shellQuoted(value)}
	case origin == originDefault && t.ConfigFile != "":
		return t.writeOption(option, value)
	}
	return []string{"export " + variable(option) + "=" + shellWord(value)}
}

// writeOption returns the lines that add an option to the configuration file. A
// new file is readable by its owner and group only: it may hold a password.
func (t Target) writeOption(option, value string) []string {
	file := shellWord(t.ConfigFile)
	return []string{
		fmt.Sprintf("test -e %s || sudo install -D -m 640 /dev/null %s", file, file),
		fmt.Sprintf(`printf '%%s\n' %s | sudo tee -a %s > /dev/null`, shellQuoted(option+": "+value), file),
	}
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

// ringfence returns the line that runs a command of Ringfence on the same Redis:
// what was typed for doctor is typed again, but for a password.
func (t Target) ringfence(command string) string {
	words := []string{"ringfence", command}
	for _, option := range []struct{ name, value string }{
		{"config", t.ConfigFile}, {"redis", t.Redis}, {"redis-prefix", t.RedisPrefix},
	} {
		if strings.HasPrefix(string(t.Options[option.name]), "--") {
			words = append(words, "--"+option.name, shellWord(option.value))
		}
	}
	return strings.Join(words, " ")
}

// shellQuoted returns a word in quotes for a shell.
func shellQuoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellWord quotes a word if a shell would change it.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return shellQuoted(word)
}

// sedText returns a text for the right side of sed's s|…|…|.
func sedText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "&", `\&`, "|", `\|`).Replace(text)
}

// sedPattern returns a text for the left side of sed's s|…|…|.
func sedPattern(text string) string {
	return strings.NewReplacer(`\`, `\\`, ".", `\.`, "*", `\*`, "[", `\[`, "]", `\]`, "^", `\^`, "$", `\$`, "|", `\|`, "'", `'\''`).Replace(text)
}
