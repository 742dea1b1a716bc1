package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
)

// measureRule compares decisions that count the call by a rate rule with those
// that don't, in turns.
func (b *bench) measureRule(ctx context.Context) error {
	var times [2][]time.Duration
	var deciders [2]*decider
	for i, rules := range []repeat.Rules{nil, {{Calls: 5, Within: 5 * time.Minute, When: repeat.Always, Scope: repeat.PerCaller}}} {
		server, client, err := b.newRedis(ctx)
		if err != nil {
			return err
		}
		defer func() { _ = client.Close() }()
		if deciders[i], err = newRuledDecider(ctx, server, b.options.Rows, rules); err != nil {
			return err
		}
		defer deciders[i].close()
	}
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
		b.add(fmt.Sprintf("decision with the rate rule on / off, p%d", percent),
			fmt.Sprintf("%.2f (%.0f µs / %.0f µs)", float64(at[1])/float64(at[0]), microseconds(at[1]), microseconds(at[0])), "1.15 or less")
	}
	return nil
}

func newRuledDecider(ctx context.Context, server *lab.Redis, rows int, rules repeat.Rules) (*decider, error) {
	d, err := newDecider(ctx, server, rows)
	if err != nil {
		return nil, err
	}
	err = d.list.SetSettings(ctx, func(settings *screen.Settings) error {
		settings.Repeat = rules
		return nil
	})
	if err == nil {
		err = d.warm(ctx)
	}
	return d, err
}
