package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// A result is what the calls of one step got. Times are in milliseconds, from
// the INVITE to the final answer; a lost call counts with all of callTimeout.
type result struct {
	Target string  `json:"target"`
	Rate   float64 `json:"calls_per_second"`
	Round  int     `json:"round"`
	Calls  int     `json:"calls"`
	// Wrong calls got another answer than the refusal, Lost ones got none in
	// time, Resent counts the INVITEs that had to be sent again.
	Wrong  int `json:"wrong"`
	Lost   int `json:"lost"`
	Resent int `json:"resent"`

	P50 float64 `json:"p50_ms"`
	P99 float64 `json:"p99_ms"`
	Max float64 `json:"max_ms"`
	// Late is how late calls were placed, 99th percentile: if it is not far
	// below P50, then the caller was the bottleneck.
	Late float64 `json:"caller_late_p99_ms"`
	// CPU is what each process used of the processor, in seconds.
	CPU map[string]float64 `json:"cpu_seconds"`
	// Others is what programs that are no part of the comparison used of the
	// processor meanwhile, in seconds a second.
	Others float64 `json:"cpu_others"`
}

// failed is the share of calls that got a wrong answer or none, 0 to 1.
func (r result) failed() float64 {
	if r.Calls == 0 {
		return 0
	}
	return float64(r.Wrong+r.Lost) / float64(r.Calls)
}

// quietTimeout bounds the wait for the calls of a step to leave Asterisk.
const quietTimeout = 2 * time.Minute

// Everything is quiet once all processes together use less than quietUse of the
// processor in quietSpan: an Asterisk without calls may still have much to write.
const (
	quietSpan = 200 * time.Millisecond
	quietUse  = 40 * time.Millisecond
)

// step places calls at a rate to one target for a while and waits until all is
// quiet again. Steps with the same seed have the same callers at the same
// times.
func (p *parts) step(ctx context.Context, to target, rate float64, length time.Duration, entries int, seed uint64) (result, error) {
	// Those that use ARI share the dialplan, step by step.
	if to.app != "" {
		if err := p.asterisk.SetGlobal(ctx, asteriskconf.GlobalApp, to.app); err != nil {
			return result{}, err
		}
	}
	before, err := p.processorTimes()
	if err != nil {
		return result{}, err
	}
	busy, err := busyTime()
	if err != nil {
		return result{}, err
	}
	began := time.Now()
	calls, err := p.dialer.place(ctx, to.dialled, arrivals(rate, length, seed), callers(entries, seed))
	if err != nil {
		return result{}, err
	}
	after, err := p.awaitQuiet(ctx)
	if err != nil {
		return result{}, err
	}
	all, err := busyTime()
	if err != nil {
		return result{}, err
	}
	r := summary(calls)
	r.Target, r.Rate = to.name, rate
	r.CPU = make(map[string]float64)
	others := (all - busy).Seconds()
	for name, used := range after {
		r.CPU[name] = (used - before[name]).Seconds()
		others -= r.CPU[name]
	}
	r.Others = max(0, others/time.Since(began).Seconds())
	return r, nil
}

// awaitQuiet waits until no call is left and everything is quiet, and returns what
// the processes have used of the processor by then.
func (p *parts) awaitQuiet(ctx context.Context) (map[string]time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, quietTimeout)
	defer cancel()
	for {
		err := p.asterisk.WaitNoChannels(ctx)
		if err == nil {
			break
		}
		// An Asterisk that has too much to do refuses its console as well, and loses
		// the ends of calls.
		_, _ = p.asterisk.CLI(ctx, "channel request hangup all")
		select {
		case <-time.After(quietSpan):
		case <-ctx.Done():
			return nil, err
		}
	}
	times, err := p.processorTimes()
	for err == nil {
		select {
		case <-time.After(quietSpan):
		case <-ctx.Done():
			return nil, fmt.Errorf("wait until all is quiet: %w", ctx.Err())
		}
		var used time.Duration
		before := times
		times, err = p.processorTimes()
		for name := range times {
			used += times[name] - before[name]
		}
		if used < quietUse {
			break
		}
	}
	return times, err
}

// arrivals returns the times of calls that come by chance (a Poisson process),
// as calls of many callers do: never evenly, and no later because an earlier
// one is slow.
func arrivals(rate float64, length time.Duration, seed uint64) []time.Duration {
	random := rand.New(rand.NewPCG(seed, 1))
	var times []time.Duration
	for at := 0.0; ; {
		at += random.ExpFloat64() / rate
		if at >= length.Seconds() {
			return times
		}
		times = append(times, time.Duration(at*float64(time.Second)))
	}
}

func summary(calls []*call) result {
	r := result{Calls: len(calls)}
	var took, late []time.Duration
	for _, c := range calls {
		r.Resent += c.resent
		late = append(late, c.late)
		switch c.code {
		case 0:
			r.Lost++
			took = append(took, callTimeout)
			continue
		case refusal:
		default:
			r.Wrong++
		}
		took = append(took, c.took)
	}
	slices.Sort(took)
	slices.Sort(late)
	r.P50, r.P99, r.Max = percentile(took, 50), percentile(took, 99), percentile(took, 100)
	r.Late = percentile(late, 99)
	return r
}

// percentile returns the least of the sorted times that so many percent of them
// do not exceed, in milliseconds, and 0 for none.
func percentile(sorted []time.Duration, percent int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return float64(sorted[max(rank, 1)-1].Microseconds()) / 1000
}

// median makes one result of those of several rounds: of each figure the middle
// one, so that a moment in which the machine had other things to do does not
// decide; of calls and what went wrong with them, the sum.
func median(rounds []result) result {
	if len(rounds) == 0 {
		return result{}
	}
	of := func(figure func(result) float64) float64 {
		var values []float64
		for _, r := range rounds {
			values = append(values, figure(r))
		}
		slices.Sort(values)
		if half := len(values) / 2; len(values)%2 == 0 {
			return (values[half-1] + values[half]) / 2
		}
		return values[len(values)/2]
	}
	m := result{
		Target: rounds[0].Target, Rate: rounds[0].Rate,
		P50:  of(func(r result) float64 { return r.P50 }),
		P99:  of(func(r result) float64 { return r.P99 }),
		Max:  of(func(r result) float64 { return r.Max }),
		Late: of(func(r result) float64 { return r.Late }),

		Others: of(func(r result) float64 { return r.Others }),
		CPU:    make(map[string]float64),
	}
	for _, r := range rounds {
		m.Calls += r.Calls
		m.Wrong += r.Wrong
		m.Lost += r.Lost
		m.Resent += r.Resent
		for name, used := range r.CPU {
			m.CPU[name] += used
		}
	}
	return m
}

// attrs are the result for the log.
func (r result) attrs() []any {
	return []any{
		slog.String("target", r.Target), slog.Float64("rate", r.Rate), slog.Float64("p50_ms", r.P50),
		slog.Float64("p99_ms", r.P99), slog.Int("wrong", r.Wrong), slog.Int("lost", r.Lost),
		slog.Float64("cpu_others", r.Others),
	}
}
