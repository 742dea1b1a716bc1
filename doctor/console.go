package doctor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"time"
)

// Console runs one command on Asterisk's console and returns its output.
type Console func(ctx context.Context, command string) (string, error)

const consoleTimeout = 5 * time.Second

// newConsole returns a Console that appends the command to a command line such as
// "asterisk -rx". It uses no shell.
func newConsole(line string) Console {
	return func(ctx context.Context, command string) (string, error) {
		words := strings.Fields(line)
		if len(words) == 0 {
			return "", errors.New("the command for Asterisk's console is empty: use for example asterisk -rx")
		}
		ctx, cancel := context.WithTimeout(ctx, consoleTimeout)
		defer cancel()
		run := exec.CommandContext(ctx, words[0], append(words[1:], command)...) //nolint:gosec // The operator names the command.
		run.WaitDelay = time.Second
		var out, errs bytes.Buffer
		run.Stdout, run.Stderr = &out, &errs
		err := run.Run()
		// The exit code is also an error if a command found nothing.
		if exited, ok := errors.AsType[*exec.ExitError](err); ok && exited.Exited() && saysUnknown(out.String()) {
			err = nil
		}
		if err != nil {
			if why, _, _ := strings.Cut(strings.TrimSpace(errs.String()+out.String()), "\n"); why != "" {
				err = fmt.Errorf("%w: %s", err, why)
			}
			return "", fmt.Errorf("%s: %w", line, err)
		}
		return out.String(), nil
	}
}

// saysUnknown reports whether the console's output says that there is no such thing.
func saysUnknown(text string) bool {
	return strings.Contains(text, "There is no existence of") || strings.Contains(text, "No such command")
}

// askConsole collects the evidence from Asterisk's console.
func askConsole(ctx context.Context, ask Console) ConsoleEvidence {
	settings, err := ask(ctx, "core show settings")
	if err != nil {
		return ConsoleEvidence{Err: err}
	}
	answers := make(map[string]string)
	for _, command := range []string{"http show status", "ari show users", "cdr show status", "dialplan show", "dialplan show globals"} {
		if answers[command], err = ask(ctx, command); err != nil {
			return ConsoleEvidence{Err: err}
		}
	}
	e := ConsoleEvidence{
		ConfDir:   shown(settings, "Configuration directory"),
		Users:     readUsers(answers["ari show users"]),
		Plan:      readShown(answers["dialplan show"]),
		Includes:  readShownIncludes(answers["dialplan show"]),
		Endpoints: askEndpoints(ctx, ask),
		Globals:   readGlobals(answers["dialplan show globals"]),
		DataDir:   shown(settings, "Data directory"),
		PIDFile:   shown(settings, "PID file"),
	}
	e.User, _, _ = strings.Cut(shown(settings, "User name and group"), "/")
	status := answers["http show status"]
	e.Prefix = shown(status, "Prefix")
	e.HasARI = strings.Contains(status, "=> Asterisk RESTful API")
	if found := boundTo.FindStringSubmatch(status); found != nil {
		e.HTTPAt = found[1]
	}
	records := answers["cdr show status"]
	logging := shown(records, "Logging")
	e.CDRKnown = logging != ""
	e.CDR = logging == "Enabled"
	e.CDRUnanswered = shown(records, "Log unanswered calls") == "Yes"
	return e
}

var boundTo = regexp.MustCompile(`Server Enabled and Bound to (\S+)`)

// shown returns the value in a line "NAME: VALUE".
func shown(text, name string) string {
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// readUsers parses a table with the columns "r/o?", "ACL?" (missing in some
// releases) and "Username".
func readUsers(text string) map[string]bool {
	var users map[string]bool
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		switch {
		case len(words) == 0:
		case words[0] == "r/o?":
			users = make(map[string]bool)
		case users != nil && !strings.HasPrefix(words[0], "-"):
			users[words[len(words)-1]] = words[0] == "Yes"
		}
	}
	return users
}

// readGlobals parses lines "NAME=VALUE".
func readGlobals(text string) map[string]string {
	globals := make(map[string]string)
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), "="); found {
			globals[name] = value
		}
	}
	return globals
}
