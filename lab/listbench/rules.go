package main

import (
	"context"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
)

// measureRule compares decisions that count the call by a rate rule with those
// that don't, in turns.
func (b *bench) measureRule(ctx context.Context) error {
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
	const aim = "1.15 or less"
	return b.compare(ctx, deciders, "decision with the rate rule on / off", map[int]string{50: aim, 99: aim})
}

func newRuledDecider(ctx context.Context, server *lab.Redis, rows int, rules repeat.Rules) (*decider, error) {
	d, err := newDecider(ctx, server, rows)
	if err != nil {
		return nil, err
	}
	err = d.list.SetSettings(ctx, func(settings *policy.Settings) error {
		settings.Repeat = rules
		return nil
	})
	if err == nil {
		err = d.warm(ctx)
	}
	return d, err
}
