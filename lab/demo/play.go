package main

import (
	"context"
	"fmt"
	"io"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// The callers of the demo, and the number that they dial.
const (
	customer  = "+4930555100"
	pest      = "+4930666200"
	salesman  = "+4930777300"
	nightOwl  = "+4930888400"
	switchbrd = "100"
)

// scene is one call: what is done before it, and what its caller should get.
type scene struct {
	who, from string
	before    func(ctx context.Context, s *stage) error
	// calls is how many calls are placed one after the other; 0 means one.
	// All should get the same.
	calls int
	want  func(result lab.Result) bool
}

func scenes() []scene {
	return []scene{
		{
			who: "a customer, on no list", from: customer, want: lab.Result.Answered,
		},
		{
			who: "a listed caller", from: pest,
			before: commands("block " + pest + " --reason pest"),
			want:   func(r lab.Result) bool { return r.Code == 603 },
		},
		{
			who: "the same, written 030666200", from: "030666200",
			want: func(r lab.Result) bool { return r.Code == 603 },
		},
		{
			who: "a listed caller who gets a message", from: salesman,
			before: commands("settings set message-limit=2s", "block "+salesman+" --action message"),
			want:   func(r lab.Result) bool { return r.Code == 603 && r.EarlyPackets > 0 },
		},
		{
			who: "the first one, after remove", from: pest,
			before: commands("remove " + pest),
			want:   lab.Result.Answered,
		},
		{
			who: "a caller who calls four times after hours", from: nightOwl, calls: 4,
			before: commands("hours set "+switchbrd+" closed", "settings set repeat=on"),
			want:   lab.Result.Answered,
		},
		{
			who: "the fifth call within five minutes", from: nightOwl,
			want: func(r lab.Result) bool { return r.Code == 603 },
		},
		{
			who: "the same, after remove", from: nightOwl,
			before: commands("remove " + nightOwl),
			want:   lab.Result.Answered,
		},
		{
			who: "a listed caller while Ringfence is frozen", from: salesman,
			before: func(_ context.Context, s *stage) error { return s.service.Signal(syscall.SIGSTOP) },
			want:   lab.Result.Answered,
		},
	}
}

// commands returns a function that runs commands of ringfence.
func commands(lines ...string) func(context.Context, *stage) error {
	return func(ctx context.Context, s *stage) error {
		for _, line := range lines {
			answer, err := s.service.Run(ctx, strings.Fields(line)...)
			if err != nil {
				return err
			}
			if answer.Code != 0 {
				return fmt.Errorf("ringfence %s: exit code %d: %s", line, answer.Code, answer.Err)
			}
		}
		return nil
	}
}

// callTimeout bounds one call of the demo.
const callTimeout = 20 * time.Second

// play places the calls and prints what each caller got.
func (s *stage) play(ctx context.Context, out io.Writer) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "CALLER\tNUMBER\tGOT\tAFTER\t")
	var unexpected []string
	for _, scene := range scenes() {
		if scene.before != nil {
			if err := scene.before(ctx, s); err != nil {
				return err
			}
		}
		result, err := s.place(ctx, scene)
		if err != nil {
			return fmt.Errorf("call of %s: %w", scene.who, err)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%.1f ms\t\n", scene.who, scene.from, got(result), milliseconds(result.After))
		if !scene.want(result) {
			unexpected = append(unexpected, scene.who)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if err := s.service.Signal(syscall.SIGCONT); err != nil {
		return err
	}
	if len(unexpected) > 0 {
		return fmt.Errorf("unexpected results: %s", strings.Join(unexpected, "; "))
	}
	return nil
}

// place places the calls of a scene, up to the first one that does not get what
// it should.
func (s *stage) place(ctx context.Context, scene scene) (result lab.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	for range max(1, scene.calls) {
		result, err = s.caller.Call(ctx, lab.Call{To: switchbrd, From: scene.from, Hold: 100 * time.Millisecond})
		if err != nil || !scene.want(result) {
			break
		}
	}
	return result, err
}

func got(result lab.Result) string {
	switch {
	case result.Answered():
		return "the queue (200)"
	case result.EarlyPackets > 0:
		return fmt.Sprintf("%d packets of the message, then %d %s", result.EarlyPackets, result.Code, result.Phrase)
	default:
		return fmt.Sprintf("%d %s", result.Code, result.Phrase)
	}
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
