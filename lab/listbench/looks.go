package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/store"
)

// looks is how often a look is repeated; the middle counts.
const looks = 15

// pageLength is how many entries a page of a console shows.
const pageLength = 50

// measureLooks measures what `list` asks for.
func (b *bench) measureLooks(ctx context.Context, full *lab.Redis) error {
	list, err := store.Open(store.Options{URL: full.URL()})
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	for _, sort := range blacklist.Sorts() {
		if err := b.look(ctx, list, "first page, by "+string(sort), "20 ms or less", blacklist.Query{Sort: sort, Limit: pageLength}); err != nil {
			return err
		}
	}
	fragment := listedNumber(b.options.Rows / 2)[5:]
	for _, search := range []struct{ what, text string }{
		{"search by a fragment that one number has", fragment},
		{"search by a fragment that thousands have", fragment[:3]},
		{"search by a fragment that none has", "99999999999"},
		{"search by a reason", "BY 42 callers"},
	} {
		if err := b.look(ctx, list, search.what, "500 ms or less", blacklist.Query{Search: search.text, Limit: pageLength}); err != nil {
			return err
		}
	}
	// In an hour, all will have been there for an hour without a call.
	return b.repeat("`stats`: entries without a call, all of them", "1000 ms or less", func() error {
		_, err := list.Usage(ctx, time.Now().Add(time.Hour))
		return err
	})
}

func (b *bench) look(ctx context.Context, list *store.Store, what, aim string, query blacklist.Query) error {
	return b.repeat(what, aim, func() error {
		_, err := list.Entries(ctx, query)
		return err
	})
}

// repeat takes the time of a look again and again; the middle counts.
func (b *bench) repeat(what, aim string, look func() error) error {
	times := make([]time.Duration, looks)
	for i := range times {
		began := time.Now()
		if err := look(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		times[i] = time.Since(began)
	}
	slices.Sort(times)
	b.add(what, fmt.Sprintf("%.1f ms", milliseconds(times[looks/2])), aim)
	return nil
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
