package doctor

import (
	"fmt"
	"path/filepath"
)

// Grade says what a check has found.
type Grade string

const (
	// OK means that all is as it should be.
	OK Grade = "ok"
	// Warn means that calls are screened, but something should be put right.
	Warn Grade = "warn"
	// Bad means that calls are not screened, or not as they should be.
	Bad Grade = "bad"
	// Skip means that it could not be found out.
	Skip Grade = "skip"
)

// Finding is the outcome of one check.
type Finding struct {
	Check string `json:"check"`
	Grade Grade  `json:"grade"`
	// Text says in a sentence what was found.
	Text string `json:"finding"`
	// Type are the lines to type, or to write into the file that the text
	// names, in their order.
	Type []string `json:"type"`
	// OutOfReach says that Asterisk or Redis does not answer at all.
	OutOfReach bool `json:"out_of_reach,omitempty"`
}

// Diagnose says what the evidence means, one finding a check.
func Diagnose(e Evidence) []Finding {
	findings := checkAsterisk(e)
	findings = append(findings, checkModules(e), checkApp(e), checkServe(e))
	findings = append(findings, checkDialplan(e), checkCallers(e))
	findings = append(findings, checkStar(e)...)
	findings = append(findings, checkConnections(e), checkRecords(e), checkWaiting(e), checkUnscreened(e), checkHost(e))
	findings = append(findings, checkRedis(e.Target, e.Redis)...)
	return append(findings, checkRegion(e.Target), checkTransport(e.Target))
}

func found(check string, g Grade, text string, lines ...string) Finding {
	return Finding{Check: check, Grade: g, Text: text, Type: append([]string{}, lines...)}
}

// rx returns the line that carries out a command of Asterisk's console.
func (e Evidence) rx(command string) string { return e.Target.Console + ` "` + command + `"` }

// path is the name of a file of Asterisk.
func (e FileEvidence) path(name string) string { return filepath.Join(e.Dir, name) }

// sample returns the command that prints an embedded file.
func sample(name string) string { return "ringfence asterisk-conf " + name }

// write returns the line that writes an embedded file in its place.
func (e Evidence) write(name string) string { return sample(name) + " > " + e.Files.path(name) }

// set returns the line that sets a key of a file's section [general].
func (e Evidence) set(name, key, value string) string {
	return fmt.Sprintf(`sed -i -e '/^ *%s *=/d' -e '/^\[general\]/a %s = %s' %s`, key, key, value, e.Files.path(name))
}
