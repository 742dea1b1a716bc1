package main

import (
	"fmt"
	"io"
	"slices"

	"github.com/ringfence/ringfence/store"
)

// grade says what a check of `doctor` has found.
type grade string

const (
	// gradeOK: all is as it should be.
	gradeOK grade = "ok"
	// gradeWarn: calls are screened, but something should be put right.
	gradeWarn grade = "warn"
	// gradeBad: calls are not screened, or not as they should be.
	gradeBad grade = "bad"
	// gradeSkip: it could not be found out.
	gradeSkip grade = "skip"
)

// diagnosis is the outcome of one check.
type diagnosis struct {
	Check   string `json:"check"`
	Grade   grade  `json:"grade"`
	Finding string `json:"finding"`
	// Type are the lines to type, or to write into the file that the finding
	// names, in their order.
	Type []string `json:"type"`
	// OutOfReach says that Asterisk or Redis does not answer at all.
	OutOfReach bool `json:"out_of_reach,omitempty"`
}

func found(check string, g grade, finding string, lines ...string) diagnosis {
	return diagnosis{Check: check, Grade: g, Finding: finding, Type: append([]string{}, lines...)}
}

// evidence is all that `doctor` has collected.
type evidence struct {
	config config
	// consoleLine is how Asterisk's console is reached.
	consoleLine string
	asterisk    asteriskEvidence
	console     consoleEvidence
	files       fileEvidence
	redis       redisEvidence
	serve       serveEvidence
	host        hostEvidence
}

// rx returns the line that carries out a command of Asterisk's console.
func (e evidence) rx(command string) string { return e.consoleLine + ` "` + command + `"` }

// write returns the line that writes an embedded file in its place.
func (e evidence) write(name string) string {
	return fmt.Sprintf("ringfence %s %s > %s", asteriskConfName, name, e.files.path(name))
}

// set returns the line that sets a key of a file's section [general].
func (e evidence) set(name, key, value string) string {
	return fmt.Sprintf(`sed -i -e '/^ *%s *=/d' -e '/^\[general\]/a %s = %s' %s`, key, key, value, e.files.path(name))
}

// diagnose says what the evidence means, one diagnosis a check.
func diagnose(e evidence) []diagnosis {
	checks := judgeAsterisk(e)
	checks = append(checks, judgeModules(e), judgeApp(e), judgeServe(e))
	checks = append(checks, judgeDialplan(e), judgeCallers(e))
	checks = append(checks, judgeConnections(e), judgeRecords(e), judgeWaiting(e), judgeUnscreened(e), judgeHost(e))
	checks = append(checks, judgeRedis(e.config, e.redis)...)
	return append(checks, judgeRegion(e.config), judgeTransport(e.config))
}

// writeDiagnoses writes each check with its finding and the lines to type.
func writeDiagnoses(w io.Writer, checks []diagnosis) error {
	for _, c := range checks {
		if _, err := fmt.Fprintf(w, "%-5s %-12s %s\n", c.Grade, c.Check, printable(c.Finding)); err != nil {
			return err
		}
		for _, line := range c.Type {
			if _, err := fmt.Fprintf(w, "%-18s > %s\n", "", printable(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

// conclude returns what the checks mean for the exit code.
func conclude(checks []diagnosis) error {
	bad := 0
	for _, c := range checks {
		if c.Grade == gradeBad {
			bad++
		}
	}
	if bad == 0 {
		return nil
	}
	text := fmt.Sprintf("%d of %d checks are bad", bad, len(checks))
	if bad == 1 {
		text = fmt.Sprintf("1 of %d checks is bad", len(checks))
	}
	if slices.ContainsFunc(checks, func(c diagnosis) bool { return c.OutOfReach }) {
		return outOfReachError{text}
	}
	return fmt.Errorf("%s", text)
}

// outOfReachError gives a text the exit code of what is out of reach.
type outOfReachError struct{ text string }

func (e outOfReachError) Error() string { return e.text }

// Unwrap returns what the exit code goes by.
func (e outOfReachError) Unwrap() error { return store.ErrUnreachable }
