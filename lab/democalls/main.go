// Command democalls places SIP calls to the Asterisk of docker-compose.yml,
// lists callers by the ringfence program on PATH, and prints what each caller
// got. It exits with 1 if one did not get what it should.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// The numbers are kept free for films and books by the authority that assigns
// numbers in Germany.
const (
	dialled  = "+493023125001"
	stranger = "+492214710101"
	nuisance = "+492214710102"
)

const (
	answered = 200
	busy     = 486
	declined = 603
)

// step is one call, and what is typed before it.
type step struct {
	what    string
	command []string
	from    string
	want    int
}

// screened is what callers get while Ringfence runs.
var screened = []step{
	{"unlisted: to the queue", nil, stranger, answered},
	{"listed", []string{"block", nuisance, "--reason", "demo"}, nuisance, declined},
	{"listed, with an action of its own", []string{"block", nuisance, "--action", "busy"}, nuisance, busy},
	{"no longer listed", []string{"remove", nuisance}, nuisance, answered},
}

// unscreened is what callers get while Ringfence does not run.
var unscreened = []step{
	{"listed, but not screened", []string{"block", nuisance, "--reason", "demo"}, nuisance, answered},
	{"unlisted", []string{"remove", nuisance}, stranger, answered},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "democalls:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer) error {
	target := flag.String("sip", os.Getenv("RINGFENCE_DEMO_SIP"), "the `HOST:PORT` to call, else RINGFENCE_DEMO_SIP")
	absent := flag.Bool("unscreened", false, "expect that Ringfence does not run")
	flag.Parse()
	steps := screened
	if *absent {
		steps = unscreened
	}
	caller, err := newCaller(ctx, *target)
	if err != nil {
		return err
	}
	defer func() { _ = caller.Close() }()

	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "CALLER\tWHO\tGOT\tAFTER\t")
	err = place(ctx, caller, steps, table)
	return errors.Join(err, table.Flush())
}

// place writes a row for each call.
func place(ctx context.Context, caller *lab.Caller, steps []step, table io.Writer) error {
	wrong := 0
	for _, step := range steps {
		if err := ringfence(ctx, step.command); err != nil {
			return err
		}
		result, err := caller.Call(ctx, lab.Call{From: step.from, To: dialled, Timeout: 10 * time.Second})
		if err != nil {
			return err
		}
		remark := ""
		if result.Code != step.want {
			remark = fmt.Sprintf("WRONG: expected %d", step.want)
			wrong++
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%d %s\t%d ms\t%s\n",
			step.from, step.what, result.Code, result.Phrase, result.After.Milliseconds(), remark)
	}
	if wrong > 0 {
		return fmt.Errorf("%d of %d callers did not get what they should", wrong, len(steps))
	}
	return nil
}

// newCaller calls from the address that leads to the target, so that answers
// and voice find their way back.
func newCaller(ctx context.Context, target string) (*lab.Caller, error) {
	var dialer net.Dialer
	route, err := dialer.DialContext(ctx, "udp4", target)
	if err != nil {
		return nil, fmt.Errorf("find the way to %q: %w", target, err)
	}
	defer func() { _ = route.Close() }()
	from, _, err := net.SplitHostPort(route.LocalAddr().String())
	if err != nil {
		return nil, fmt.Errorf("find the way to %q: %w", target, err)
	}
	return lab.NewCaller(ctx, route.RemoteAddr().String(), from)
}

// ringfence runs the program as a user would; no arguments, no run.
func ringfence(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return nil
	}
	output, err := exec.CommandContext(ctx, "ringfence", arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("ringfence %s: %w: %s", strings.Join(arguments, " "), err, strings.TrimSpace(string(output)))
	}
	return nil
}
