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

// Console carries out one command of Asterisk's console and returns what it
// shows.
type Console func(ctx context.Context, command string) (string, error)

const consolePatience = 5 * time.Second

// newConsole returns the console behind a command line that takes the command
// as its last argument, "asterisk -rx". No shell is involved.
func newConsole(line string) Console {
	return func(ctx context.Context, command string) (string, error) {
		words := strings.Fields(line)
		if len(words) == 0 {
			return "", errors.New("no command for Asterisk's console is given")
		}
		ctx, cancel := context.WithTimeout(ctx, consolePatience)
		defer cancel()
		run := exec.CommandContext(ctx, words[0], append(words[1:], command)...) //nolint:gosec // The operator names the command.
		run.WaitDelay = time.Second
		var out, errs bytes.Buffer
		run.Stdout, run.Stderr = &out, &errs
		err := run.Run()
		// Asterisk says by its exit code, too, that a command found nothing.
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

// saysUnknown reports whether the console has carried a command out in vain.
func saysUnknown(text string) bool {
	return strings.Contains(text, "There is no existence of") || strings.Contains(text, "No such command")
}

// askConsole asks Asterisk's console everything at once.
func askConsole(ctx context.Context, ask Console) ConsoleEvidence {
	settings, err := ask(ctx, "core show settings")
	if err != nil {
		return ConsoleEvidence{Silent: err}
	}
	answers := make(map[string]string)
	for _, command := range []string{"http show status", "ari show users", "cdr show status", "dialplan show"} {
		if answers[command], err = ask(ctx, command); err != nil {
			return ConsoleEvidence{Silent: err}
		}
	}
	e := ConsoleEvidence{
		ConfDir: shown(settings, "Configuration directory"),
		Users:   readUsers(answers["ari show users"]),
		Plan:    readShown(answers["dialplan show"]),
	}
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

// shown returns what follows a name and a colon in a line of its own.
func shown(text, name string) string {
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+":"); found {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// readUsers reads a table with the columns "r/o?", "ACL?" (not in every
// release) and "Username".
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
