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
// alone.
type Loader interface {
	Policy(ctx context.Context) (Policy, error)
	PolicyVersion(ctx context.Context) (string, error)
}

// Cache holds the policy in memory and, in a file, across restarts: so
// prefixes and settings hold even when the store is out of reach from the
// start. It is safe for concurrent use.
type Cache struct {
	loader  Loader
	file    string
	log     *slog.Logger
	current atomic.Pointer[Policy]
	loads   singleflight.Group
	changed chan struct{}
}

// NewCache returns a cache that holds the policy of the file, or the
// default settings with no rules if there is none. An empty file name means
// that nothing is remembered.
func NewCache(loader Loader, file string, log *slog.Logger) *Cache {
	cache := &Cache{loader: loader, file: file, log: log, changed: make(chan struct{}, 1)}
	policy, err := readPolicy(file)
	if err != nil {
		log.Warn("cannot read the remembered policy, starting with the defaults", slog.Any("error", err))
	}
	cache.current.Store(&policy)
	return cache
}

// Current returns the policy as it is held now.
func (c *Cache) Current() Policy { return *c.current.Load() }

// At returns the policy of the given version, or of a later one, loading it if
// another is held. If that fails, or takes longer than ctx allows, it returns
// the one held, and the error.
func (c *Cache) At(ctx context.Context, version string) (Policy, error) {
	// A load that was under way already may have begun before the change, so
	// that it takes a second one to be sure.
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
	asking, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	version, err := c.loader.PolicyVersion(asking)
	if err != nil {
		return err
	}
	_, err = c.At(ctx, version)
	return err
}

// loadTimeout bounds a load; calls wait for it no longer than their own
// deadline.
const loadTimeout = 5 * time.Second

// load brings the store's policy. Many calls may ask at once: one load serves
// them all, and goes on when the first of them has given up.
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
	if policy.Version == c.current.Swap(&policy).Version {
		return nil
	}
	c.log.InfoContext(ctx, "policy loaded", slog.String("version", policy.Version), slog.Int("rules", policy.Rules.Len()))
	select {
	case c.changed <- struct{}{}:
	default:
	}
	return nil
}

// Run keeps the cache current between calls, asking the store for the version
// at the given interval, and the file current behind it. It returns when ctx
// ends.
func (c *Cache) Run(ctx context.Context, every time.Duration) {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		// Calls and /readyz report an unreachable store.
		_ = c.refresh(ctx)
		select {
		case <-c.changed:
			if err := writePolicy(c.file, c.Current()); err != nil {
				c.log.WarnContext(ctx, "cannot remember the policy", slog.Any("error", err))
			}
		default:
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
