package main

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

// measureCalls fills the log of calls and measures what `log`, `stats` and
// `replay` ask for.
func (b *bench) measureCalls(ctx context.Context) error {
	server, client, err := b.newRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	calls, err := store.Open(store.Options{URL: server.URL()})
	if err != nil {
		return err
	}
	defer func() { _ = calls.Close() }()
	b.log.InfoContext(ctx, "writing records", slog.Int("calls", b.options.Calls))
	if err := b.fillLog(ctx, calls, client); err != nil {
		return err
	}
	if err := b.measureSearches(ctx, calls); err != nil {
		return err
	}
	for _, by := range calllog.AllBy() {
		aim := "1000 ms or less"
		if by == calllog.ByCaller {
			aim = "2000 ms or less" // each of them is counted by itself
		}
		if err := b.repeat("`stats` by "+string(by), aim, func() error { return countBy(ctx, calls, by) }); err != nil {
			return err
		}
	}
	return b.measureReplays(ctx, calls)
}

// fillLog writes the records and tells what they take.
func (b *bench) fillLog(ctx context.Context, calls *store.Store, client *redis.Client) error {
	before, err := memory(ctx, client)
	if err != nil {
		return err
	}
	const batch = 200
	began := time.Now()
	for n := 0; n < b.options.Calls; n += batch {
		records := make([]calllog.Record, 0, batch)
		for i := n; i < min(n+batch, b.options.Calls); i++ {
			records = append(records, b.madeCall(i))
		}
		if err := calls.AppendCalls(ctx, calllog.Batch{Records: records}); err != nil {
			return err
		}
	}
	took := time.Since(began)
	after, err := memory(ctx, client)
	if err != nil {
		return err
	}
	var pages int64
	keys := client.Scan(ctx, 0, "*calls:page*", 100_000).Iterator()
	for keys.Next(ctx) {
		one, err := client.MemoryUsage(ctx, keys.Val(), 0).Result()
		if err != nil {
			return fmt.Errorf("ask for memory: %w", err)
		}
		pages += one
	}
	if err := keys.Err(); err != nil {
		return err
	}
	n := int64(b.options.Calls)
	b.add("writing a record", fmt.Sprintf("%.0f µs", microseconds(took)/float64(n)), "")
	b.add("memory a record, with checks and events", fmt.Sprintf("%d B", (after-before)/n), "450 B or less")
	b.add("of this, its line in the pages", fmt.Sprintf("%d B", pages/n), "")
	return nil
}

// madeCall is a call as an ordinary day brings it; one in ten is refused.
func (b *bench) madeCall(i int) calllog.Record {
	channel := strconv.Itoa(1_700_000_000+i) + "." + strconv.Itoa(i)
	// One in five callers has called before.
	record := calllog.Record{
		Time: time.Now().Add(-time.Duration(i%40) * time.Millisecond), Caller: listedNumber(i % (b.options.Calls * 4 / 5)),
		Dialled: "+4930888" + strconv.Itoa(100+i%20), Verdict: calllog.Passed, Check: screen.CheckDefault, Action: "continue",
		Channel: channel, LinkedID: channel, SIPCallID: fmt.Sprintf("%032x", i*7919), Took: time.Duration(600_000 + i%1000*777),
		Instance: "pbx1", Hours: []calllog.Hours{calllog.Open, calllog.Closed}[i/10%2],
		Checks: []calllog.Check{
			{Name: screen.CheckList, Outcome: "no match", Reason: "the number is not on the list"},
			{Name: screen.CheckPrefix, Outcome: "no match", Reason: "no prefix on the list covers the number"},
			{Name: screen.CheckAnonymous, Outcome: "no match", Reason: "caller ID is present"},
			{Name: screen.CheckDefault, Outcome: "pass", Reason: "no rule matches this caller", Decided: true},
		},
		Events: []calllog.Event{
			{Name: "entered"},
			{Name: "checked", After: time.Duration(300+i%1000) * time.Microsecond},
			{Name: "continued", After: time.Duration(900+i%1000) * time.Microsecond},
		},
	}
	if i%10 == 0 {
		record.Verdict, record.Check, record.Rule = calllog.Refused, screen.CheckList, "block "+record.Caller
		record.Action, record.Text = "decline", calllog.BlockedText
		record.Checks[0] = calllog.Check{Name: screen.CheckList, Outcome: "refuse", Reason: record.Rule + ": sells windows", Decided: true}
		record.Checks[3].Decided = false
		record.Events[2].Name = calllog.BlockedText
	}
	return record
}

// shown is how many calls are looked for.
const shown = 20

func (b *bench) measureSearches(ctx context.Context, calls *store.Store) error {
	const aim = "300 ms or less"
	first := listedNumber(b.options.Calls / 10)
	for _, search := range []struct {
		what, aim string
		filter    calllog.Filter
	}{
		{"the newest calls", "20 ms or less", calllog.Filter{}},
		{"calls of a caller", aim, calllog.Filter{Caller: first}},
		{"calls of a prefix that none has", aim, calllog.Filter{Caller: "+4420*"}},
		{"calls to a number that none has", aim, calllog.Filter{Dialled: "+4930777"}},
		{"refused calls", aim, calllog.Filter{Verdict: calllog.Refused}},
		{"calls that were observed, none", aim, calllog.Filter{Verdict: calllog.Observed}},
		{"calls by a check, none", aim, calllog.Filter{Check: screen.CheckPrefix}},
		{"calls by a rule", aim, calllog.Filter{Rule: first}},
		{"calls to one number outside working time, none", aim, calllog.Filter{Dialled: "+4930888100", Hours: calllog.Closed}},
		{"calls before all there are, none", aim, calllog.Filter{Until: time.Now().AddDate(0, 0, -1)}},
	} {
		err := b.repeat("`log`: "+search.what, search.aim, func() error {
			_, err := calls.Calls(ctx, search.filter, shown)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func countBy(ctx context.Context, calls *store.Store, by calllog.By) error {
	figures := calllog.NewFigures(by, time.Local)
	for record, err := range calls.Summaries(ctx, calllog.Filter{}) {
		if err != nil {
			return err
		}
		figures.Add(record)
	}
	figures.Rows(shown)
	return nil
}
