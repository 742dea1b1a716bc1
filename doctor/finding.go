package doctor

import (
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
	// Name of the check.
	Check string `json:"check"`
	// "ok", "warn", "bad" or "skip".
	Grade Grade `json:"status"`
	// What was found, in a sentence.
	Text string `json:"finding"`
	// Lines to type in this order, or to write into the file that the finding names.
	Type []string `json:"commands"`
	// Asterisk or Redis does not answer.
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

func newFinding(check string, g Grade, text string, lines ...string) Finding {
	return Finding{Check: check, Grade: g, Text: text, Type: append([]string{}, lines...)}
}

// path returns the path of one of Asterisk's files.
func (e FileEvidence) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(e.Dir, name)
}
