// Command bench compares Ringfence with other ways to refuse a call: a bare
// dialplan, Asterisk's own database, a FastAGI server with the same question to
// Redis, and an ARI program without a lookup. All of them run on one real Asterisk, in one run and
// in turns. Figures of different runs or machines are not comparable.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
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
		fmt.Fprintln(os.Stderr, "bench: interrupted; everything has been stopped")
		return 130
	default:
		fmt.Fprintln(os.Stderr, "bench:", err)
		return 1
	}
}

func run(ctx context.Context, args []string, out, words io.Writer) (err error) {
	if len(args) == 2 && args[0] == agiCommand {
		return serveAGI(ctx, args[1])
	}
	if len(args) == 3 && args[0] == continueCommand {
		return serveContinue(ctx, args[1], args[2])
	}
	o, path, err := readOptions(args, words)
	if err != nil {
		return err
	}
	load := firstField("/proc/loadavg")
	log := slog.New(slog.NewTextHandler(words, nil))
	p, err := startParts(ctx, o, log)
	defer func() { err = errors.Join(err, p.stop()) }()
	if err != nil {
		return err
	}
	r := report{Options: o}
	if r.Machine, err = describe(ctx, p, load); err != nil {
		return err
	}
	if r.measurements, err = compare(ctx, p, o, log); err != nil {
		return err
	}
	if err := r.print(out); err != nil {
		return err
	}
	if path != "" {
		return r.save(path)
	}
	return nil
}

// readOptions reads the command line; path is where JSON goes, or empty.
func readOptions(args []string, words io.Writer) (o options, path string, err error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(words)
	flags.Usage = func() {
		var text strings.Builder
		text.WriteString("bench refuses calls in several ways and compares them:\n")
		for _, t := range allTargets {
			fmt.Fprintf(&text, "  %-10s %s\n", t.name, t.about)
		}
		_, _ = io.WriteString(words, text.String()+"Flags:\n")
		flags.PrintDefaults()
	}
	flags.IntVar(&o.Entries, "entries", 100_000, "numbers on the list")
	rates := flags.String("rates", "50,200,400,700,1000", "calls per second")
	seconds := flags.Float64("seconds", 4, "length of a step")
	flags.IntVar(&o.Rounds, "rounds", 3, "rounds of steps")
	targets := flags.String("targets", strings.Join(targetNames()[:len(allTargets)-1], ","), "what to compare")
	flags.BoolVar(&o.Search, "search", true, "also find the highest rate that each target supports")
	flags.DurationVar(&o.Calm, "calm", 0, "wait at most so long before a step until the machine is idle")
	flags.StringVar(&o.Other, "other", "", "another `program` of Ringfence's, to set beside the one of this checkout")
	quick := flags.Bool("quick", false, "a look in one minute: one round, short steps")
	flags.StringVar(&path, "json", "", "`file` to write all results to")
	if err := flags.Parse(args); err != nil {
		return o, "", err
	}
	given := make(map[string]bool)
	flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
	if *quick {
		if !given["rounds"] {
			o.Rounds = 1
		}
		if !given["seconds"] {
			*seconds = 2
		}
		if !given["rates"] {
			*rates = "200,400,700,1000"
		}
	}
	o.Length = time.Duration(*seconds * float64(time.Second))
	o.Targets = strings.Split(*targets, ",")
	if o.Other != "" && !slices.Contains(o.Targets, other) {
		o.Targets = append(o.Targets, other)
	}
	for text := range strings.SplitSeq(*rates, ",") {
		rate, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return o, "", fmt.Errorf("invalid rate %q: use a number", text)
		}
		o.Rates = append(o.Rates, rate)
	}
	return o, path, o.check(flags)
}

// maxEntries is how many numbers seeding can make.
const maxEntries = 100_000_000

func (o options) check(flags *flag.FlagSet) error {
	_, err := chosenTargets(o.Targets)
	switch {
	case err != nil:
		return err
	case slices.Contains(o.Targets, other) && o.Other == "":
		return errors.New("the target other needs a program: --other")
	case flags.NArg() > 0:
		return fmt.Errorf("unexpected argument %q: use flags only", flags.Arg(0))
	case o.Entries < 1 || o.Entries > maxEntries:
		return fmt.Errorf("entries must be 1 to %d", maxEntries)
	case slices.ContainsFunc(o.Rates, func(rate float64) bool { return math.IsNaN(rate) || rate <= 0 || rate > 5000 }):
		return errors.New("rates must be above 0 and at most 5000 calls per second")
	case o.Rounds < 1 || o.Length <= 0:
		return errors.New("there must be at least one round, and steps with a length")
	}
	return nil
}
