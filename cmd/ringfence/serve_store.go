package main

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/notice"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
	"github.com/ringfence/ringfence/store"
)

// versioned is a store that is neither read nor written while its data are of
// a newer schema: a newer Ringfence may have taken over, or Redis may have been
// replaced, while this one runs. Callers are screened by what is remembered
// then, and records wait. The policy's regular load looks again.
type versioned struct {
	*store.Store
	log *slog.Logger

	mu      sync.Mutex
	checked bool  // whether Redis has ever answered
	newer   error // what it says against its data
}

var (
	_ screen.FactSource   = (*versioned)(nil)
	_ screen.PolicyLoader = (*versioned)(nil)
	_ calllog.Appender    = (*versioned)(nil)
	_ feed.Store          = (*versioned)(nil)
	_ notice.Store        = (*versioned)(nil)
	_ notice.Listings     = (*versioned)(nil)
	_ sweeper             = (*versioned)(nil)
	_ star.List           = (*versioned)(nil)
)

// Facts asks the store, if its data can be read.
func (r *versioned) Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error) {
	if err := r.allowed(ctx); err != nil {
		return screen.Facts{}, err
	}
	return r.Store.Facts(ctx, caller, dialled)
}

// FactsWithExpiry asks the store, if its data can be read.
func (r *versioned) FactsWithExpiry(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error) {
	if err := r.allowed(ctx); err != nil {
		return screen.Facts{}, err
	}
	return r.Store.FactsWithExpiry(ctx, caller, dialled)
}

// Edit changes the list, if the data can be written.
func (r *versioned) Edit(ctx context.Context, edit blacklist.Edit) (bool, error) {
	if err := r.allowed(ctx); err != nil {
		return false, err
	}
	return r.Store.Edit(ctx, edit)
}

// Count asks the store and counts the call, if its data can be written.
func (r *versioned) Count(ctx context.Context, count screen.Count) (screen.Facts, error) {
	if err := r.allowed(ctx); err != nil {
		return screen.Facts{}, err
	}
	return r.Store.Count(ctx, count)
}

// Withdraw takes back a count, if the data can be written.
func (r *versioned) Withdraw(ctx context.Context, count screen.Count) error {
	if err := r.allowed(ctx); err != nil {
		return err
	}
	return r.Store.Withdraw(ctx, count)
}

// TellListing tells of a listing, if the data can be written.
func (r *versioned) TellListing(ctx context.Context, rule blacklist.Rule) error {
	if err := r.allowed(ctx); err != nil {
		return err
	}
	return r.Store.TellListing(ctx, rule)
}

// Policy looks whether the data can be read, and reads the policy.
func (r *versioned) Policy(ctx context.Context) (screen.Policy, error) {
	if err := r.check(ctx); err != nil {
		return screen.Policy{}, err
	}
	return r.Store.Policy(ctx)
}

// PolicyVersion looks whether the data can be read, and reads the policy's
// version.
func (r *versioned) PolicyVersion(ctx context.Context) (string, error) {
	if err := r.check(ctx); err != nil {
		return "", err
	}
	return r.Store.PolicyVersion(ctx)
}

// AppendCalls writes records, if the data can be written.
func (r *versioned) AppendCalls(ctx context.Context, batch calllog.Batch) error {
	if err := r.allowed(ctx); err != nil {
		return err
	}
	return r.Store.AppendCalls(ctx, batch)
}

// Feeds returns all feeds, if the data can be read.
func (r *versioned) Feeds(ctx context.Context) ([]feed.Subscribed, error) {
	if err := r.allowed(ctx); err != nil {
		return nil, err
	}
	return r.Store.Feeds(ctx)
}

// Told returns how far a channel has told notices, if the data can be read.
func (r *versioned) Told(ctx context.Context, channel string) (string, error) {
	if err := r.allowed(ctx); err != nil {
		return "", err
	}
	return r.Store.Told(ctx, channel)
}

// SaveTold keeps how far a channel has told notices, if the data can be written.
func (r *versioned) SaveTold(ctx context.Context, channel, id string) error {
	if err := r.allowed(ctx); err != nil {
		return err
	}
	return r.Store.SaveTold(ctx, channel, id)
}

// Sweep clears the list, if the data can be written.
func (r *versioned) Sweep(ctx context.Context) (int, error) {
	if err := r.allowed(ctx); err != nil {
		return 0, err
	}
	return r.Store.Sweep(ctx)
}

// allowed goes by the last check. Before the first one it makes it.
func (r *versioned) allowed(ctx context.Context) error {
	r.mu.Lock()
	checked, newer := r.checked, r.newer
	r.mu.Unlock()
	if !checked {
		return r.check(ctx)
	}
	return newer
}

func (r *versioned) check(ctx context.Context) error {
	err := r.Check(ctx)
	var newer error
	if errors.Is(err, store.ErrNewerSchema) {
		newer = err
	} else if err != nil {
		return err // which says nothing of the data
	}
	r.mu.Lock()
	changed := (newer == nil) != (r.newer == nil)
	r.checked, r.newer = true, newer
	r.mu.Unlock()
	switch {
	case changed && newer != nil:
		r.log.ErrorContext(ctx, "the list is neither read nor written", slog.Any("error", newer))
	case changed:
		r.log.InfoContext(ctx, "the list is read and written again")
	}
	return newer
}
