package main

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/store"
)

// measure takes all measurements, in one sitting.
func (b *bench) measure(ctx context.Context) error {
	full, client, err := b.newRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	if err := b.measureImport(ctx, full, client); err != nil {
		return err
	}
	if err := b.measureLooks(ctx, full); err != nil {
		return err
	}
	if err := b.measureDecisions(ctx, full); err != nil {
		return err
	}
	if err := b.measureRule(ctx); err != nil {
		return err
	}
	if err := b.measureComplaints(ctx); err != nil {
		return err
	}
	return b.measureCalls(ctx)
}

// measureImport imports the list twice and compares with redis-cli writing the
// same keys.
func (b *bench) measureImport(ctx context.Context, full *lab.Redis, client *redis.Client) error {
	list, err := writeOwn(b.folder, b.options.Rows)
	if err != nil {
		return err
	}
	before, err := memory(ctx, client)
	if err != nil {
		return err
	}
	b.log.InfoContext(ctx, "importing", slog.Int("rows", b.options.Rows))
	first, err := b.ringfence(ctx, full, "import", list)
	if err != nil {
		return err
	}
	after, err := memory(ctx, client)
	if err != nil {
		return err
	}
	journal, err := journalMemory(ctx, client)
	if err != nil {
		return err
	}
	piped, err := b.pipe(ctx, client)
	if err != nil {
		return err
	}
	again, err := b.ringfence(ctx, full, "import", list)
	if err != nil {
		return err
	}
	rows := strconv.Itoa(b.options.Rows)
	b.add("import "+rows+" new rows / redis-cli --pipe, the list's keys", ratio(first.took, piped), "2.5 or less")
	b.add("the importer's memory", megabytes(max(first.peak, again.peak)), "60 MiB or less")
	b.add("import the same again / the first time", ratio(again.took, first.took), "0.5 or less")
	numbers := int64(b.options.Rows)
	b.add("memory a number, with reason, source and index", fmt.Sprintf("%d B", (after-before-journal)/numbers), "310 B or less")
	b.add("the same for undo, which ends by itself", fmt.Sprintf("%d B", journal/numbers), "")
	return nil
}

// pipe writes the keys of a list into an empty Redis and returns how long
// redis-cli takes.
func (b *bench) pipe(ctx context.Context, from *redis.Client) (time.Duration, error) {
	dump, err := writeDump(ctx, from, b.folder)
	if err != nil {
		return 0, err
	}
	words, err := lab.RedisCLI(ctx, b.log)
	if err != nil {
		return 0, err
	}
	empty, client, err := b.newRedis(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = client.Close() }()
	port := empty.Address()[len("127.0.0.1:"):]
	piped, err := b.command(ctx, dump, nil, append(words, "-p", port, "--pipe")...)
	if err != nil {
		return 0, err
	}
	for _, name := range listKeys {
		copied, err := client.ZCard(ctx, store.DefaultPrefix+name).Result()
		if err != nil {
			return 0, fmt.Errorf("count what was written: %w", err)
		}
		if copied != int64(b.options.Rows) {
			return 0, fmt.Errorf("redis-cli wrote %d numbers of %d to %s", copied, b.options.Rows, name)
		}
	}
	return piped.took, empty.Stop()
}

// journalMemory returns how much of the memory is what undo needs.
func journalMemory(ctx context.Context, client *redis.Client) (int64, error) {
	var used int64
	keys := client.Scan(ctx, 0, "*batch:*", 100_000).Iterator()
	for keys.Next(ctx) {
		one, err := client.MemoryUsage(ctx, keys.Val(), 0).Result()
		if err != nil {
			return 0, fmt.Errorf("ask for memory: %w", err)
		}
		used += one
	}
	return used, keys.Err()
}

// measureComplaints imports a complaint list as the FCC publishes it, while
// calls are decided.
func (b *bench) measureComplaints(ctx context.Context) error {
	file, err := writeComplaints(b.folder, b.options.Complaints)
	if err != nil {
		return err
	}
	server, client, err := b.newRedis(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	b.log.InfoContext(ctx, "importing complaints", slog.Int("rows", b.options.Complaints))
	d, err := newDecider(ctx, server, b.options.Rows)
	if err != nil {
		return err
	}
	defer d.close()
	var r ran
	var times []time.Duration
	deciding, stop := context.WithCancel(ctx)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		defer stop()
		r, err = b.ringfence(ctx, server, "import", file)
		return err
	})
	group.Go(func() (err error) {
		times, err = d.decideUntil(ctx, deciding.Done())
		return err
	})
	if err := group.Wait(); err != nil {
		return err
	}
	aim := fmt.Sprintf("%.0f s or less", 90*float64(b.options.Complaints)/fullComplaints)
	b.add(fmt.Sprintf("import %d rows of a complaint list", b.options.Complaints), fmt.Sprintf("%.1f s", r.took.Seconds()), aim)
	b.add("the importer's memory", megabytes(r.peak), "60 MiB or less")
	slices.Sort(times)
	b.add("decision meanwhile, p50, p99 and longest", fmt.Sprintf("%.1f ms, %.1f ms, %.1f ms",
		milliseconds(percentile(times, 50)), milliseconds(percentile(times, 99)), milliseconds(percentile(times, 100))), "")
	return nil
}

func ratio(a, b time.Duration) string {
	return fmt.Sprintf("%.2f (%.1f s / %.1f s)", a.Seconds()/b.Seconds(), a.Seconds(), b.Seconds())
}

func megabytes(bytes int64) string { return fmt.Sprintf("%.0f MiB", float64(bytes)/(1<<20)) }
