package main

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

// measureDecisions compares decisions upon the full list with decisions upon
// an empty one, in turns, so that whatever else the machine does meets both.
func (b *bench) measureDecisions(ctx context.Context, full *lab.Redis) error {
	empty, client, err := b.newRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if err := b.addPrefixes(ctx, full); err != nil {
		return err
	}
	var deciders [2]*decider
	for i, server := range []*lab.Redis{empty, full} {
		if deciders[i], err = newDecider(ctx, server, b.options.Rows); err != nil {
			return err
		}
		defer deciders[i].close()
	}
	return b.compare(ctx, deciders, fmt.Sprintf("decision with %d numbers and %d prefixes / with none", b.options.Rows, b.options.Prefixes),
		map[int]string{99: "1.2 or less"})
}

// compare has two deciders decide in turns, and adds how the times of the
// second compare with those of the first; aims are by percent.
func (b *bench) compare(ctx context.Context, deciders [2]*decider, what string, aims map[int]string) error {
	var times [2][]time.Duration
	for range b.options.Decisions {
		for i, d := range deciders {
			took, err := d.decide(ctx)
			if err != nil {
				return err
			}
			times[i] = append(times[i], took)
		}
	}
	for _, percent := range []int{50, 99} {
		var at [2]time.Duration
		for i := range times {
			slices.Sort(times[i])
			at[i] = percentile(times[i], percent)
		}
		b.add(fmt.Sprintf("%s, p%d", what, percent),
			fmt.Sprintf("%.2f (%.0f µs / %.0f µs)", float64(at[1])/float64(at[0]), microseconds(at[1]), microseconds(at[0])), aims[percent])
	}
	return nil
}

// percentile returns what so many of a hundred times, which are sorted, do not
// exceed.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[(len(sorted)*percent+99)/100-1]
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

// addPrefixes lists prefixes, none of which is the beginning of a number on
// the list.
func (b *bench) addPrefixes(ctx context.Context, full *lab.Redis) error {
	list, err := store.Open(store.Options{URL: full.URL()})
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	var entries []blacklist.Entry
	for i := range b.options.Prefixes {
		rule, err := blacklist.ParseRule(fmt.Sprintf("+4940%05d*", i))
		if err != nil {
			return err
		}
		entries = append(entries, blacklist.Entry{Rule: rule, Kind: blacklist.Block})
	}
	_, err = list.Put(ctx, entries)
	return err
}

// decider screens calls without Asterisk: all of the decision is real, and
// Asterisk's part is left out.
type decider struct {
	list     *store.Store
	screener *screen.Screener
	random   *rand.Rand
	rows     int
	calls    int
}

func newDecider(ctx context.Context, server *lab.Redis, rows int) (*decider, error) {
	list, err := store.Open(store.Options{URL: server.URL()})
	if err != nil {
		return nil, err
	}
	quiet := slog.New(slog.DiscardHandler)
	d := &decider{list: list, rows: rows, random: rand.New(rand.NewPCG(1, 2))}
	d.screener = screen.NewScreener(screen.Config{
		Facts: list, Policies: policy.NewCache(list, "", quiet), Control: noAsterisk{}, Records: noAsterisk{}, OnListed: func() {},
		Metrics: screen.NewMetrics(prometheus.NewRegistry()), Log: quiet, Now: time.Now,
		Deadline: screen.DefaultDeadline, Instance: "bench",
	})
	return d, d.warm(ctx)
}

// warm decides until connections, scripts and caches are warm.
func (d *decider) warm(ctx context.Context) error {
	for range 1000 {
		if _, err := d.decide(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (d *decider) close() { _ = d.list.Close() }

// decide takes the time of one decision, about a caller who is on the full
// list or is not, as chance will have it.
func (d *decider) decide(ctx context.Context) (time.Duration, error) {
	caller, err := phone.ParseNumber(listedNumber(d.random.IntN(2 * d.rows)))
	if err != nil {
		return 0, err
	}
	d.calls++
	call := screen.Call{ID: strconv.Itoa(d.calls), Caller: screen.Caller{Number: caller}, At: time.Now()}
	err = d.screener.Screen(ctx, call)
	return time.Since(call.At), err
}

// pace is the time from one decision to the next where others are at work.
const pace = 5 * time.Millisecond

// decideUntil takes the time of one decision after the other, at the pace,
// until it is stopped.
func (d *decider) decideUntil(ctx context.Context, end <-chan struct{}) ([]time.Duration, error) {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	var times []time.Duration
	for {
		select {
		case <-end:
			return times, nil
		case <-ticker.C:
		}
		took, err := d.decide(ctx)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
	}
}

// noAsterisk replaces Asterisk and the call log.
type noAsterisk struct{}

func (noAsterisk) Continue(context.Context, string, string) error                { return nil }
func (noAsterisk) CarriedOut(context.Context, string, time.Duration, bool) error { return nil }
func (noAsterisk) Play(context.Context, string, policy.Message) error            { return nil }
func (noAsterisk) Add(calllog.Record)                                            {}
