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
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
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

// usageError is a mistake in what was typed or configured.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// usagef returns a usageError with the formatted text.
func usagef(format string, args ...any) error {
	return usageError{fmt.Errorf(format, args...)}
}

// program is what the commands share.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  func() []string
	now      func() time.Time
	// configFile is read when no other file is named.
	configFile string
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
		for line := range strings.SplitSeq(err.Error(), "\n") {
			p.say("ringfence: %s", line)
		}
		if mistake, ok := errors.AsType[*batch.PanicError](err); ok {
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
	args, err := flagsFirst(args, app.Commands)
	if err != nil {
		return err
	}
	return app.RunContext(ctx, args)
}

// exitCode is the only place where errors become exit codes.
func exitCode(err error) int {
	_, usage := errors.AsType[usageError](err)
	if typed, ok := errors.AsType[*app.Error](err); ok && typed.Kind == app.Invalid {
		usage = true
	}
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	case usage:
		return exitUsage
	case isUnreachable(err):
		return exitUnreachable
	default:
		return exitFailed
	}
}

// outOfReachError says that something other than Redis does not answer, which
// has an error of the store's.
type outOfReachError struct{ error }

func (e outOfReachError) Unwrap() error { return e.error }

// isUnreachable reports whether the error means that something which the
// command needs did not answer.
func isUnreachable(err error) bool {
	_, other := errors.AsType[outOfReachError](err)
	return other || errors.Is(err, store.ErrUnreachable)
}
