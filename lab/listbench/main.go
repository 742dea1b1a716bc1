// Command listbench measures the list and the log of calls at their full size:
// importing the list beside redis-cli writing the same keys, its memory,
// decisions upon it beside decisions upon an empty one, looking into it and
// into the log, counting calls and trying rules on them. Each figure is a ratio of
// two things measured in one run, or stands beside its aim. Figures of
// different runs, or machines, do not compare.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() { os.Exit(start(os.Args[1:])) }

// start runs until the end or Ctrl-C, and returns the exit code.
func start(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, args, os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return 0
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "listbench: interrupted; everything has been stopped")
		return 130
	default:
		fmt.Fprintln(os.Stderr, "listbench:", err)
		return 1
	}
}

// options say how large the measurements are.
type options struct {
	Rows       int
	Complaints int
	Prefixes   int
	Decisions  int
	Calls      int
}

// The sizes that the aims are about.
const (
	fullRows       = 1_000_000
	fullComplaints = 1_800_000
	fullCalls      = 1_000_000
	quickPart      = 20
)

func readOptions(args []string, words io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("listbench", flag.ContinueOnError)
	flags.SetOutput(words)
	flags.IntVar(&o.Rows, "rows", fullRows, "numbers on the list")
	flags.IntVar(&o.Complaints, "complaints", fullComplaints, "rows of the complaint file")
	flags.IntVar(&o.Prefixes, "prefixes", 1000, "prefixes on the list")
	flags.IntVar(&o.Decisions, "decisions", 20_000, "decisions on each list")
	flags.IntVar(&o.Calls, "calls", fullCalls, "records in the log of calls")
	quick := flags.Bool("quick", false, "a look in half a minute: a twentieth of the rows")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *quick {
		o.Rows /= quickPart
		o.Complaints /= quickPart
		o.Calls /= quickPart
	}
	switch {
	case flags.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q: use flags only", flags.Arg(0))
	case o.Rows < 1000 || o.Rows > maxRows || o.Complaints < 1000 || o.Complaints > maxRows:
		return o, fmt.Errorf("rows and complaints must be 1000 to %d", maxRows)
	case o.Calls < 1000 || o.Calls > maxRows:
		return o, fmt.Errorf("calls must be 1000 to %d", maxRows)
	case o.Prefixes < 1 || o.Prefixes > maxPrefixes:
		return o, fmt.Errorf("prefixes must be 1 to %d", maxPrefixes)
	case o.Decisions < 100:
		return o, errors.New("there must be at least 100 decisions")
	}
	return o, nil
}

func run(ctx context.Context, args []string, out, words io.Writer) error {
	o, err := readOptions(args, words)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "ringfence-listbench-")
	if err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	log := slog.New(slog.NewTextHandler(words, nil))
	b, err := newBench(ctx, folder, o, log)
	if err != nil {
		return err
	}
	defer b.stop()
	if err := b.measure(ctx); err != nil {
		return err
	}
	return b.print(out)
}
