package policy

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"
)

// Loader reads the policy from the store: the whole of it, or its version
// alone. Now is the time of its clock.
type Loader interface {
	Policy(ctx context.Context) (Policy, error)
	PolicyVersion(ctx context.Context) (string, error)
	Now() time.Time
}

// Cache holds the policy in memory and saves it to a file, so that prefixes and
// settings apply even if the store is unreachable at the start. It is safe for
// concurrent use.
type Cache struct {
	loader  Loader
	file    string
	log     *slog.Logger
	current atomic.Pointer[Policy]
	loads   singleflight.Group
	changed chan struct{}
	// unsaved says that the last attempt to save failed; only Run uses it.
	unsaved bool
}

// NewCache returns a cache with the policy of the file, or with the default
// settings and no rules if there is none. With an empty file name nothing is saved.
func NewCache(loader Loader, file string, log *slog.Logger) *Cache {
	cache := &Cache{loader: loader, file: file, log: log, changed: make(chan struct{}, 1)}
	policy, problems := readPolicy(file)
	for _, err := range problems {
		log.Warn("a part of the saved policy cannot be read and is left out", slog.Any("error", err))
	}
	cache.current.Store(&policy)
	return cache
}

// Now returns the time by which entries end: that of the store's clock, so that an
// entry ends at the same moment for all instances.
func (c *Cache) Now() time.Time { return c.loader.Now() }

// Current returns the policy in memory.
func (c *Cache) Current() Policy { return *c.current.Load() }

// At returns the policy of the given version, or of a later one. It loads the
// policy if the one in memory has another version. If that fails, or ctx ends, it
// returns the policy in memory and the error.
func (c *Cache) At(ctx context.Context, version string) (Policy, error) {
	// A load that is already in progress may have begun before the change; a second
	// one has not.
	for range 2 {
		if held := c.Current(); held.Version == version {
			return held, nil
		}
		if err := c.load(ctx); err != nil {
			return c.Current(), fmt.Errorf("load policy version %s: %w", version, err)
		}
	}
	return c.Current(), nil
}

// refresh loads the policy if the store has another version.
func (c *Cache) refresh(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	version, err := c.loader.PolicyVersion(limited)
	if err != nil {
		return err
	}
	_, err = c.At(ctx, version)
	return err
}

// loadTimeout bounds a load; calls wait for it no longer than their own
// deadline.
const loadTimeout = 5 * time.Second

// load loads the store's policy. Concurrent calls share one load, which continues
// even if the first of them gives up.
func (c *Cache) load(ctx context.Context) error {
	loading := c.loads.DoChan("", func() (any, error) { return nil, c.replace(context.WithoutCancel(ctx)) })
	select {
	case <-ctx.Done():
		return ctx.Err()
	case result := <-loading:
		return result.Err
	}
}

func (c *Cache) replace(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	policy, err := c.loader.Policy(ctx)
	if err != nil {
		return err
	}
	held := c.current.Swap(&policy)
	if policy.Version == held.Version {
		return nil
	}
	if lost(held.Version, policy.Version) {
		c.log.WarnContext(ctx, "Redis has lost or replaced its data: calls are decided by what it holds now; restore a backup if this was not intended",
			slog.Group("before", slog.String("version", held.Version), slog.Int("rules", held.Rules.Len())),
			slog.Group("now", slog.String("version", policy.Version), slog.Int("rules", policy.Rules.Len())))
	}
	c.log.InfoContext(ctx, "policy loaded", slog.String("version", policy.Version), slog.Int("rules", policy.Rules.Len()))
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return nil
}

// save writes a policy that is not in the file yet. It is tried again at the next
// interval if that fails.
func (c *Cache) save(ctx context.Context) {
	select {
	case <-c.changed:
	default:
		if !c.unsaved {
			return
		}
	}
	c.write(ctx)
}

func (c *Cache) write(ctx context.Context) {
	err := writePolicy(c.file, c.Current())
	switch {
	case err != nil && !c.unsaved:
		c.log.WarnContext(ctx, "the policy cannot be saved: it is tried again", slog.Any("error", err))
	case err == nil && c.unsaved:
		c.log.InfoContext(ctx, "the policy is saved again", slog.String("file", c.file))
	}
	c.unsaved = err != nil
}

// Run checks the store's version at the given interval, loads a new policy, and
// saves each new policy to the file at once, also one that a call has loaded. It
// returns when ctx ends and the last policy is saved.
func (c *Cache) Run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	// Calls and /readyz report an unreachable store.
	_ = c.refresh(ctx)
	for {
		c.save(ctx)
		select {
		case <-ctx.Done():
			c.save(ctx)
			return
		case <-c.changed:
			c.write(ctx)
		case <-ticker.C:
			_ = c.refresh(ctx)
		}
	}
}
