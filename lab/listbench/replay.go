package main

import (
	"context"
	"fmt"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/replay"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

// replayed is how long a time the replayed calls are spread over: they were all
// written within a minute, which no exchange sees.
const replayed = 30 * 24 * time.Hour

// measureReplays measures what `replay` asks for.
func (b *bench) measureReplays(ctx context.Context, calls *store.Store) error {
	hours, err := schedule.Parse("mon-fri 9-12:30, 13:30-18; sat 10-14; zone Europe/Berlin; holidays DE-BE", nil)
	if err != nil {
		return err
	}
	prefix, err := phone.ParsePattern("+49*")
	if err != nil {
		return err
	}
	for _, tried := range []struct {
		what, rules string
		block       blacklist.Rule
	}{
		{"a rule", "5 in 5m off-hours", blacklist.Rule{}},
		{"three rules, one of a week", "5 in 5m; 20 in 1h always for 1d; 4 in 7d always per dialled", blacklist.Rule{}},
		{"a prefix of all callers", repeat.Off, blacklist.Rule{Pattern: prefix}},
	} {
		rules, err := repeat.ParseRules(tried.rules)
		if err != nil {
			return err
		}
		plan := replay.Plan{Rules: rules, Schedule: schedule.New(nil, hours, nil), Block: tried.block}
		if err := b.repeat("`replay`: "+tried.what, "5000 ms or less", func() error { return b.replay(ctx, calls, plan) }); err != nil {
			return err
		}
	}
	return nil
}

// replay runs the log's calls as if they had come over a month.
func (b *bench) replay(ctx context.Context, calls *store.Store, plan replay.Plan) error {
	r := replay.New(plan)
	first := time.Now().Add(-replayed)
	step := replayed / time.Duration(b.options.Calls)
	n := 0
	for record, err := range calls.History(ctx, calllog.Filter{}) {
		if err != nil {
			return err
		}
		record.Time = first.Add(time.Duration(n) * step)
		r.Add(record)
		n++
	}
	if report := r.Report(); report.Calls != int64(b.options.Calls) {
		return fmt.Errorf("%d calls of %d were replayed", report.Calls, b.options.Calls)
	}
	return nil
}
