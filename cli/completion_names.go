package cli

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/store"
)

const (
	// completionTimeout bounds the question to Redis while somebody types.
	completionTimeout = 300 * time.Millisecond
	// offeredIDs is how many of the newest IDs are offered.
	offeredIDs = 20
)

// names returns the names of things in Redis that may be an argument.
type names func(context.Context, *store.Store) ([]string, error)

// namesOf are the names that commands take.
var namesOf = map[string]names{
	"feed show": feedNames, "feed run": feedNames, "feed remove": feedNames,
	"import undo": batchIDs, "audit undo": eventIDs,
	"log show": callIDs, "log block": callIDs, "log allow": callIDs,
	"hours show": hoursNames, "hours set": hoursNames, "hours remove": hoursNames, "hours check": hoursNames,
}

// ask returns names from Redis, none if it does not answer in time.
func (p *program) ask(c *cli.Context, names names) []string {
	conf, err := p.config(c)
	if err != nil {
		return nil
	}
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx, cancel := context.WithTimeout(c.Context, completionTimeout)
	defer cancel()
	found, err := names(ctx, s)
	if err != nil {
		return nil
	}
	for i, name := range found {
		found[i] = printable(name)
	}
	return found
}

func feedNames(ctx context.Context, s *store.Store) (names []string, err error) {
	feeds, err := s.Feeds(ctx)
	for _, feed := range feeds {
		names = append(names, feed.Name)
	}
	return names, err
}

func batchIDs(ctx context.Context, s *store.Store) ([]string, error) {
	ids, err := app.Batches{Store: s}.Undoable(ctx)
	return ids[:min(len(ids), offeredIDs)], err
}

func eventIDs(ctx context.Context, s *store.Store) (ids []string, err error) {
	events, err := s.Audit(ctx, audit.Filter{}, offeredIDs)
	for _, event := range events {
		ids = append(ids, event.ID)
	}
	return ids, err
}

func callIDs(ctx context.Context, s *store.Store) (ids []string, err error) {
	records, err := s.Calls(ctx, calllog.Filter{}, offeredIDs)
	for _, record := range records {
		ids = append(ids, record.ID)
	}
	return ids, err
}

func hoursNames(ctx context.Context, s *store.Store) ([]string, error) {
	times, err := s.Schedule(ctx)
	if err != nil {
		return nil, err
	}
	texts, _ := times.Texts()
	texts[schedule.Default] = ""
	return slices.Sorted(maps.Keys(texts)), nil
}

// sourceNames returns the sources of entries that people, feeds, rules and imports make.
func sourceNames(ctx context.Context, s *store.Store) ([]string, error) {
	names, err := feedNames(ctx, s)
	if err != nil {
		return nil, err
	}
	batches, err := s.Batches(ctx)
	for _, one := range batches {
		if one.Source != "" {
			names = append(names, one.Source)
		}
	}
	names = append(names, blacklist.SourceManual)
	slices.Sort(names)
	return slices.Compact(names), err
}
