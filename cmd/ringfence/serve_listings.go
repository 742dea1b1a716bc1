package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// teller tells of what rate rules have listed.
type teller struct {
	data *versioned
	log  *slog.Logger
}

// Tell tells of the entry with the given rule, behind the caller's back.
func (t teller) Tell(rule blacklist.Rule) {
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		if err := t.data.TellListing(ctx, rule); err != nil {
			t.log.WarnContext(ctx, "a listing waits to be told", slog.Any("error", err))
		}
	}()
}
