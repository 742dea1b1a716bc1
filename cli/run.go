// Package cli is the command line: it parses flags, calls app and prints results.
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
	exitUnreachable: "Redis or Asterisk is unreachable",
}

// errNo is returned by a command whose answer is no. The command has printed
// the answer: nothing more is printed.
var errNo = errors.New("the answer is no")

// usagef returns an error about wrong arguments, flags or configuration.
func usagef(format string, args ...any) error {
	return app.Errorf(app.Invalid, "", format, args...)
}

// program is what the commands share.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  func() []string
	now      func() time.Time
	// width returns the width of stdout if it is a terminal, else 0. If it is nil, stdout
	// is none.
	width func() int
	// wide is the value of --wide.
	wide bool
	// configFile is read if --config names no other file.
	configFile string
	// typed are the words up to the cursor, for shell completion.
	typed []string
}

// Run runs the command that the arguments name and returns the exit code.
// SIGINT and SIGTERM cancel the context of the command; a second signal ends
// the program at once.
func Run(ctx context.Context, args []string, in io.Reader, out, errs io.Writer) int {
	return RunAt(ctx, time.Now, args, in, out, errs)
}

// RunAt is Run with another clock, for tests.
func RunAt(ctx context.Context, now func() time.Time, args []string, in io.Reader, out, errs io.Writer) int {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, stop)()

	p := &program{in: in, out: out, err: errs, environ: os.Environ, now: now, configFile: config.DefaultFile}
	p.width = func() int { return terminalWidth(out, p.getenv("COLUMNS")) }
	err := p.run(ctx, args)
	code := exitCode(err)
	switch {
	case err == nil || errors.Is(err, errNo):
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))):
		p.say("ringfence: interrupted")
	default:
		for line := range strings.SplitSeq(errorText(err), "\n") {
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

// say writes a message for the user to stderr; stdout is for data. Errors are
// ignored: there is no other place to report them.
func (p *program) say(format string, args ...any) {
	_, _ = fmt.Fprintln(p.err, printable(fmt.Sprintf(format, args...)))
}

func (p *program) run(ctx context.Context, args []string) error {
	app := p.newApp() //nolint:contextcheck // cli hands the context to the commands.
	// `help block` is `block --help`: the library's own help knows no subcommands.
	if len(args) > 1 && args[1] == "help" {
		args = slices.Concat(args[:1], args[2:], []string{"--help"})
	}
	if last := len(args) - 1; last > 0 && args[last] == completionFlag {
		// After -- there are only arguments, and the library would run the command.
		if p.typed = args[:last]; last < 2 || slices.Contains(p.typed[:last-1], "--") {
			return nil
		}
		// A -- at the cursor is the beginning of a flag.
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

// exitCode returns the exit code of an error.
func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errNo):
		return exitNo
	}
	switch app.KindOf(err) {
	case app.No, app.NotFound:
		return exitNo
	case app.Invalid, app.Exists:
		return exitUsage
	case app.Unreachable:
		return exitUnreachable
	case app.Failed, app.Conflict:
	}
	return exitFailed
}
