package doctor

import (
	"fmt"
	"path/filepath"
	"slices"
)

// Grade is the severity of a finding.
type Grade string

const (
	// OK means that nothing is wrong.
	OK Grade = "ok"
	// Warn means that calls are screened, but something should be fixed.
	Warn Grade = "warn"
	// Bad means that calls are not screened, or not correctly.
	Bad Grade = "bad"
	// Skip means that the check was not possible.
	Skip Grade = "skip"
)

// Finding is the outcome of one check.
type Finding struct {
	Check string `json:"check"`
	Grade Grade  `json:"grade"`
	// Text says in a sentence what was found.
	Text string `json:"finding"`
	// Type are the lines to type in this order, or to write into the file that Text
	// names.
	Type []string `json:"type"`
	// Unreachable says that Asterisk or Redis does not answer.
	Unreachable bool `json:"unreachable,omitempty"`
}

// Diagnose returns the findings, one per check.
func Diagnose(e Evidence) []Finding {
	e.Target = e.Target.masked()
	return slices.Concat(
		checkAsterisk(e), one(checkModules(e)), one(checkApp(e)), checkServe(e),
		one(checkDialplan(e)), checkIncludes(e), checkCallers(e), checkIdentity(e), checkStar(e),
		one(checkConnections(e)), one(checkRecords(e)), one(checkWaiting(e)), one(checkUnscreened(e)), one(checkHost(e)),
		checkRedis(e.Target, e.Redis), checkSettings(e), checkFetches(e),
		one(checkRegion(e.Target)), one(checkTransport(e.Target)), checkSecrets(e.Target),
	)
}

func one(f Finding) []Finding { return []Finding{f} }

func found(check string, g Grade, text string, lines ...string) Finding {
	return Finding{Check: check, Grade: g, Text: text, Type: append([]string{}, lines...)}
}

// rx returns the line that runs a command on Asterisk's console.
func (e Evidence) rx(command string) string { return e.Target.Console + ` "` + command + `"` }

// path returns the path of one of Asterisk's files.
func (e FileEvidence) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Dir, name)
}

// sample returns the command that prints an embedded file.
func sample(name string) string { return "ringfence asterisk-conf " + name }

// write returns the line that installs an embedded file, so that Asterisk's user
// can read it whatever the umask is.
func (e Evidence) write(name string) string {
	return sample(name) + " | sudo install -m 644 /dev/stdin " + shellWord(e.Files.located(name))
}

// set returns the line that sets a key in the section [general] of a file.
func (e Evidence) set(name, key, value string) string {
	return fmt.Sprintf(`sudo sed -i -e '/^ *\[general\]/,/^ *\[/{/^ *%s *=/Id}' -e '/^ *\[general\]/a %s = %s' %s`,
		key, key, value, shellWord(e.Files.path(name)))
}
