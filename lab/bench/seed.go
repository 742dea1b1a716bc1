package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/store"
)

// listed is the number of the i-th entry, the same in every list.
func listed(i int) string { return fmt.Sprintf("+4915%09d", i*7) }

// reason is that of every entry.
const reason = "sells solar panels"

// callers returns a source of listed callers, in an order that depends on the
// seed alone.
func callers(entries int, seed uint64) func() string {
	random := rand.New(rand.NewPCG(seed, 0))
	return func() string { return listed(random.IntN(entries)) }
}

// seedRedis writes the list as an import does.
func seedRedis(ctx context.Context, redisURL string, entries int) error {
	list, err := store.Open(store.Options{URL: redisURL})
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	if err := list.Check(ctx); err != nil {
		return err
	}
	const batch = 1000
	for first := 0; first < entries; first += batch {
		var edits []blacklist.Edit
		for i := first; i < min(first+batch, entries); i++ {
			pattern, err := region.Pattern(listed(i))
			if err != nil {
				return fmt.Errorf("make entry %d: %w", i, err)
			}
			rule := blacklist.Rule{Pattern: pattern}
			edits = append(edits, blacklist.Edit{Rule: rule, After: &blacklist.Entry{
				Rule: rule, Kind: blacklist.Block, Action: blacklist.Reject,
				Reason: reason, Source: "bench", Author: "bench", Created: time.Now(),
			}})
		}
		if _, err := list.Swap(ctx, edits, nil); err != nil {
			return err
		}
	}
	return nil
}

// consoleLine is how much Asterisk's console reads at once, less than it takes
// for sure.
const consoleLine = 480

// seedAstDB writes the list into Asterisk's own database. The console takes
// several commands in a row with a NUL between them; one at a time, a hundred
// thousand would take minutes.
func seedAstDB(ctx context.Context, asterisk *lab.Asterisk, entries int) error {
	var line strings.Builder
	send := func() error {
		commands := line.String()
		line.Reset()
		_, err := asterisk.CLI(ctx, commands)
		return err
	}
	for i := range entries {
		command := "database put blacklist " + listed(i) + " 1"
		if line.Len()+len(command) > consoleLine {
			if err := send(); err != nil {
				return err
			}
		}
		if line.Len() > 0 {
			line.WriteByte(0)
		}
		line.WriteString(command)
	}
	if err := send(); err != nil {
		return err
	}
	return checkAstDB(ctx, asterisk, entries)
}

// checkAstDB makes sure that the last entry is there and none is missing.
func checkAstDB(ctx context.Context, asterisk *lab.Asterisk, entries int) error {
	output, err := asterisk.CLI(ctx, "database query \"SELECT COUNT(*) FROM astdb WHERE key LIKE '/blacklist/%'\"")
	if err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(output), strconv.Itoa(entries)) {
		return fmt.Errorf("fill AstDB: %d entries were written, and it says %q", entries, strings.TrimSpace(output))
	}
	return nil
}
