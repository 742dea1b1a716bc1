// Package store keeps the list, the policy and the call log in Redis, and is
// the only package that knows it. Keys are named in keys.go; a script of
// Redis is a *.lua file.
//
// All keys of an installation lie in one hash slot, so that a Redis Cluster can
// hold them. What must change together changes in one script or transaction.
package store

import (
	"cmp"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// Options say where the data is. Every field but URL has a default.
type Options struct {
	// URL is redis://, rediss:// (TLS) or unix://, with user, password and
	// number of the database if need be; with `addr` it leads to a cluster, with
	// `master_name` to the primary that sentinels know. No error or log shows it.
	URL string
	// Prefix begins every key; "" means DefaultPrefix.
	Prefix string
	// MaxEvents is about how many events the audit log keeps; 0 means
	// DefaultMaxEvents.
	MaxEvents int64
	// LeaseTime is how long a lease outlasts a holder that has died; 0 means
	// DefaultLeaseTime.
	LeaseTime time.Duration
	// Connections is how many connections there are at most, to each server; 0 means
	// defaultConnections.
	Connections int
	// Now is this machine's clock; nil means time.Now. Entries end, and records are
	// deleted, by the clock of Redis.
	Now func() time.Time
	// Log gets entries and settings in Redis that cannot be read; nil means no log.
	Log *slog.Logger
	// Registerer takes the metrics; nil leaves them out.
	Registerer prometheus.Registerer
}

// Store is the data in one Redis, a server or a cluster. It is safe for concurrent
// use. Every method returns when the deadline of its context is reached.
type Store struct {
	client    redis.UniversalClient
	target    target
	keys      keys
	maxEvents int64
	leaseTime time.Duration
	now       func() time.Time
	log       *slog.Logger
	durations *prometheus.HistogramVec
	// mostKept is how many positions a search sorts in memory.
	mostKept int

	// schema is what was seen last of the version of the data; claimed says that
	// they are marked with it.
	schema  atomic.Pointer[seenSchema]
	claimed atomic.Bool
	// clock is what Redis said last of its time; reported is the offset that the
	// log has, 0 for none.
	clock      atomic.Pointer[clockReading]
	reportedMu sync.Mutex
	reported   time.Duration
	// plan is what count.lua was given last of rate rules.
	plan atomic.Pointer[madePlan]
}

var (
	_ screen.FactSource = (*Store)(nil)
	_ policy.Loader     = (*Store)(nil)
	_ calllog.Appender  = (*Store)(nil)
)

// Open returns the Store at a URL, without any exchange with Redis: Check does
// the first one.
func Open(options Options) (*Store, error) {
	target, err := readURL(options.URL, cmp.Or(options.Connections, defaultConnections))
	if err != nil {
		return nil, err
	}
	store := &Store{
		target: target, now: options.Now, log: options.Log, durations: newDurations(), mostKept: defaultKept,
		maxEvents: cmp.Or(options.MaxEvents, DefaultMaxEvents), leaseTime: cmp.Or(options.LeaseTime, DefaultLeaseTime),
	}
	if store.keys, err = newKeys(options.Prefix); err != nil {
		return nil, err
	}
	if store.now == nil {
		store.now = time.Now
	}
	if store.log == nil {
		store.log = slog.New(slog.DiscardHandler)
	}
	if options.Registerer != nil {
		if err := options.Registerer.Register(store.durations); err != nil {
			return nil, fmt.Errorf("register the store's metrics: %w", err)
		}
	}
	store.client = target.connect()
	store.client.AddHook(schemaHook{store: store})
	return store, nil
}

// Close ends all connections.
func (s *Store) Close() error { return s.client.Close() }
