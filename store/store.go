package store

import (
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/screen"
)

// DefaultMaxCalls is about how many records the call log keeps.
const DefaultMaxCalls = 100_000

// The bounds of one exchange with Redis, for those who set none: the context
// of a call ends sooner.
const (
	dialTimeout = time.Second
	ioTimeout   = 5 * time.Second
	poolSize    = 32
)

// Options say where the data is. Every field but URL has a default.
type Options struct {
	// URL is redis://, rediss:// (TLS) or unix://, with user, password and
	// number of the database if need be. No error or log shows it.
	URL string
	// Prefix begins every key; "" stands for DefaultPrefix.
	Prefix string
	// MaxCalls is about how many records the call log keeps; 0 stands for
	// DefaultMaxCalls.
	MaxCalls int64
	// MaxEvents is about how many events the audit trail keeps; 0 stands for
	// DefaultMaxEvents.
	MaxEvents int64
	// LeaseTime is how long a lease outlasts a holder that has died; 0 stands
	// for DefaultLeaseTime.
	LeaseTime time.Duration
	// Now is the clock, by which expiry is told; nil stands for time.Now.
	Now func() time.Time
	// Log hears of entries and settings in Redis that cannot be read; nil is quiet.
	Log *slog.Logger
	// Registerer takes the metrics; nil leaves them out.
	Registerer prometheus.Registerer
}

// Store is the data in one Redis. It is safe for concurrent use. Every method
// returns when the deadline of its context is reached.
type Store struct {
	client    redis.UniversalClient
	keys      keys
	address   string
	maxCalls  int64
	maxEvents int64
	leaseTime time.Duration
	now       func() time.Time
	log       *slog.Logger
	durations *prometheus.HistogramVec

	// writer names this Store among those that write call records, attempt is
	// the least attempt of its that still counts.
	writer  string
	attempt atomic.Int64
	// claimed says that the data were found to be of this version, and marked
	// so.
	claimed atomic.Bool
}

var (
	_ screen.FactSource   = (*Store)(nil)
	_ screen.PolicyLoader = (*Store)(nil)
	_ calllog.Appender    = (*Store)(nil)
)

// Open returns the Store at a URL, without any exchange with Redis: Check does
// the first one.
func Open(options Options) (*Store, error) {
	client, err := readURL(options.URL)
	if err != nil {
		return nil, err
	}
	store := &Store{
		address: client.Addr, maxCalls: options.MaxCalls, maxEvents: options.MaxEvents, leaseTime: options.LeaseTime, now: options.Now, log: options.Log,
		durations: newDurations(), writer: rand.Text(),
	}
	if store.keys, err = newKeys(options.Prefix); err != nil {
		return nil, err
	}
	if store.maxCalls == 0 {
		store.maxCalls = DefaultMaxCalls
	}
	if store.maxEvents == 0 {
		store.maxEvents = DefaultMaxEvents
	}
	if store.leaseTime == 0 {
		store.leaseTime = DefaultLeaseTime
	}
	if store.now == nil {
		store.now = time.Now
	}
	if store.log == nil {
		store.log = slog.New(slog.DiscardHandler)
	}
	if options.Registerer != nil {
		if err := errors.Join(options.Registerer.Register(store.durations), options.Registerer.Register(sizes{store})); err != nil {
			return nil, fmt.Errorf("register the store's metrics: %w", err)
		}
	}
	store.client = connect(client)
	return store, nil
}

// connect makes a client that gives up in time: nothing is tried twice, since
// a caller waits, and since what may have been done already must not be done
// again.
func connect(options *redis.Options) redis.UniversalClient {
	// The client would write to stderr what it returns as errors anyway.
	logging.Disable()
	options.ContextTimeoutEnabled = true
	options.MaxRetries = -1
	options.DialerRetries = 1
	options.DialTimeout = dialTimeout
	options.ReadTimeout = ioTimeout
	options.WriteTimeout = ioTimeout
	options.PoolTimeout = dialTimeout
	options.PoolSize = poolSize
	// Nearly all is pipelines: one pool keeps its connections warm.
	options.PipelinePoolSize = -1
	options.DisableIdentity = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	return redis.NewClient(options)
}

// Close ends all connections.
func (s *Store) Close() error { return s.client.Close() }
