package ari

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Destination is a place in the dialplan where a channel continues.
type Destination struct {
	Context   string `json:"context"`
	Extension string `json:"extension"`
	// Priority counts from 1. Zero is taken as 1.
	Priority int `json:"priority"`
}

// Config says which Asterisk to serve and how. Zero durations and counts mean
// the defaults named at each field.
type Config struct {
	// URL is the base of Asterisk's REST interface, such as
	// http://127.0.0.1:8088/ari. With https the event socket uses TLS too.
	URL string
	// Username and Password are those of a user in ari.conf that may write.
	Username, Password string
	// App is the name that the dialplan gives to Stasis().
	App string
	// FallbackTo is where a call continues without a decision.
	FallbackTo Destination
	// OnFallback is called for each call that continues to FallbackTo and that the
	// handler could not report, with the cause: "overflow", "late", "unreadable",
	// "draining" or "panic". The handler reports the other calls itself: those that
	// it ended with an error or without a verdict. It must not block. It may be nil.
	OnFallback func(call Call, cause string)

	// RequestTimeout bounds each REST request, waiting for a connection
	// included (1 s).
	RequestTimeout time.Duration
	// DrainTimeout is how long calls in progress may take to finish after Run's
	// context has ended (5 s).
	DrainTimeout time.Duration

	// Log is the log. Nil means none.
	Log *slog.Logger
	// Metrics are the metrics. Nil means none.
	Metrics *Metrics
	// Now is the clock. Nil means time.Now.
	Now func() time.Time

	tune *tuning
}

// tuning has the values that only tests change.
type tuning struct {
	// ArgsVariable is the channel variable that repeats the arguments given to
	// Stasis(), comma-separated, which ringfence.conf sets. With it the
	// session reads the arguments of a call found after a (re)connect.
	ArgsVariable string
	// Workers is the number of calls handled at once, Queue the number that may
	// wait for one of them. A call that plays a message holds its worker
	// meanwhile. Calls beyond both go to FallbackTo at once.
	Workers, Queue int
	// MaxWait is how long a call may wait in the queue before it goes to
	// FallbackTo instead of to the handler.
	MaxWait time.Duration
	// HeartbeatEvery is the pause between two heartbeats on the event path,
	// HeartbeatTimeout how long one may take. A dead path is found within
	// the sum.
	HeartbeatEvery, HeartbeatTimeout time.Duration
	// CheckEvery is the pause between two checks for calls without an event; such
	// a call waits at most twice as long.
	CheckEvery time.Duration
	// RetryLost is the longest pause between attempts while Asterisk is
	// unreachable; RetryRefused the longest while it answers but refuses the
	// connection: a wrong password, a wrong port.
	RetryLost, RetryRefused time.Duration
	// ReplacedPoll is the pause between two checks whether the name is free
	// again while another client has it.
	ReplacedPoll time.Duration
	// TLS is used for https. Nil means the system's roots.
	TLS *tls.Config
}

// defaults are the values outside tests.
var defaults = tuning{
	ArgsVariable: "RINGFENCE_CALL",
	Workers:      1024, Queue: 1024, MaxWait: 750 * time.Millisecond,
	HeartbeatEvery: time.Second, HeartbeatTimeout: 1500 * time.Millisecond,
	CheckEvery: 400 * time.Millisecond,
	RetryLost:  time.Second, RetryRefused: 5 * time.Second,
	ReplacedPoll: 250 * time.Millisecond,
}

// appName is stricter than Asterisk, which only forbids the comma: the name
// is in URLs, in the dialplan and in a context that Asterisk makes of it
// ("stasis-" and the name, in 79 bytes).
var appName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// check fills in the defaults and returns what is wrong with c, all of it.
func (c *Config) check() (*url.URL, error) {
	setDefault(&c.RequestTimeout, time.Second)
	setDefault(&c.DrainTimeout, 5*time.Second)
	setDefault(&c.FallbackTo.Priority, 1)
	setDefault(&c.Log, slog.New(slog.DiscardHandler))
	if c.tune == nil {
		c.tune = &defaults
	}
	if c.OnFallback == nil {
		c.OnFallback = func(Call, string) {}
	}
	if c.Metrics == nil {
		c.Metrics = NewMetrics(prometheus.NewRegistry())
	}
	if c.Now == nil {
		c.Now = time.Now
	}

	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	base, err := url.Parse(c.URL)
	switch {
	case err != nil:
		// The parser's error repeats the text, which may hold a password.
		bad("invalid ARI URL: use for example http://127.0.0.1:8088/ari")
	case base.Scheme != "http" && base.Scheme != "https" || base.Host == "":
		bad("invalid ARI URL: use for example http://127.0.0.1:8088/ari")
	case base.User != nil || base.RawQuery != "" || base.Fragment != "":
		bad("the ARI URL must not have a user, a query or a fragment; use the options for user and password")
	default:
		base.Path = strings.TrimRight(base.Path, "/")
		base.RawPath = ""
	}
	if c.Username == "" || strings.ContainsAny(c.Username, ":\r\n") {
		bad("the ARI user name is missing or has a colon")
	}
	if !appName.MatchString(c.App) {
		bad("app name %q: use up to 64 letters, digits, dots, dashes and underscores, the first a letter or digit", c.App)
	}
	if c.FallbackTo.Context == "" || c.FallbackTo.Extension == "" {
		bad("the fallback needs a context and an extension")
	}
	if min(c.RequestTimeout, c.DrainTimeout) < 0 || c.FallbackTo.Priority < 0 {
		bad("request timeout, drain timeout and the fallback's priority may not be negative")
	}
	return base, errors.Join(errs...)
}

func setDefault[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
