// Package cli is the command line: flags in, words out.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/retry"
)

// The exit codes of every command.
const (
	exitDone = iota
	exitFailed
	exitUsage
	exitNo
	exitUnreachable
)

// exitCodes describes the exit codes, in their order.
var exitCodes = []string{
	exitDone:        "done",
	exitFailed:      "failed",
	exitUsage:       "wrong usage or configuration",
	exitNo:          "the answer is no",
	exitUnreachable: "Redis or Asterisk is out of reach",
}

// errNo is the outcome of a command whose answer is no. The command has said
// so itself: nothing more is printed.
var errNo = errors.New("the answer is no")

// usagef returns the error of a mistake in what was typed or configured.
func usagef(format string, args ...any) error {
	return app.Errorf(app.Invalid, "", format, args...)
}

// program is what the commands share.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  func() []string
	now      func() time.Time
	// configFile is read when no other file is named.
	configFile string
	// typed are the words until the cursor that a shell wants completed.
	typed []string
}

// Run is the whole program: it carries out what the arguments ask for and
// returns the exit code. SIGINT and SIGTERM end the context that the commands
// work under; a second one ends the program at once.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	return RunAt(ctx, time.Now, args, in, out, errs)
}

// RunAt is Run with another clock, for tests.
func RunAt(ctx context.Context, now func() time.Time, args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()

	p := &program{in: in, out: out, err: errs, environ: os.Environ, now: now, configFile: config.DefaultFile}
	err := p.run(ctx, args)
	code := exitCode(err)
	if code != exitDone && code != exitNo {
		for line := range strings.SplitSeq(words(err), "\n") {
			p.say("ringfence: %s", line)
		}
		if mistake, ok := errors.AsType[interface {
			error
			Stack() string
		}](err); ok {
			_, _ = io.WriteString(p.err, mistake.Stack())
		}
	}
	return code
}

// say writes a line of words for whoever types, beside the data on stdout.
// When stderr is closed nobody is there to be told.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintln(p.err, printable(fmt.Sprintf(format, args...)))
}

func (p *program) run(ctx context.Context, args []string) error {
	app := p.newApp() //nolint:contextcheck // cli hands the context to the commands.
	// `help block` is `block --help`; cli's own help would know no subcommands.
	if len(args) > 1 && args[1] == "help" {
		args = slices.Concat(args[:1], args[2:], []string{"--help"})
	}
	if last := len(args) - 1; last > 0 && args[last] == completionFlag {
		// After -- there are only arguments; cli would carry the command out.
		if p.typed = args[:last]; last < 2 || slices.Contains(p.typed[:last-1], "--") {
			return nil
		}
		// One that is being typed is the beginning of a flag.
		if args[last-1] == "--" {
			p.typed, args = slices.Clone(p.typed), slices.Clone(args)
			args[last-1] = "-"
		}
		return app.RunContext(ctx, args)
	}
	args, err := flagsFirst(args, app.Commands)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, args)
}

// exitCode is the only place where errors become exit codes.
func exitCode(err error) int {
	var kind app.Kind
	if typed, ok := errors.AsType[*app.Error](err); ok {
		kind = typed.Kind
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo), kind == app.No:
		return exitNo
	case kind == app.Invalid:
		return exitUsage
	case kind == app.Unreachable, errors.Is(err, retry.ErrUnreachable):
		return exitUnreachable
	default:
		return exitFailed
	}
}

// words returns an error as it is shown: a field is named as its flag.
func words(err error) string {
	switch err := err.(type) { //nolint:errorlint // A wrapped one is part of a longer text.
	case app.Errors:
		lines := make([]string, len(err))
		for i, one := range err {
			lines[i] = words(one)
		}
		return strings.Join(lines, "\n")
	case *app.Error:
		if err.Field != "" {
			return "--" + err.Error()
		}
	}
	return err.Error()
}
