package screen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

// FactSource returns the facts about one caller, in one round trip. It must
// return when ctx ends.
type FactSource interface {
	Facts(ctx context.Context, caller, dialled phone.Number) (Facts, error)
	// Count returns the same and counts the call by rate rules, unless an entry
	// decides about the call or the policy has another version than count. It
	// counts a call once, even if it is called twice.
	Count(ctx context.Context, count Count) (Facts, error)
}

// Control acts on a call that waits for its verdict.
type Control interface {
	// Continue sends the call to an extension of the context ringfence in the
	// dialplan. It returns ErrHungUp or ErrContinued if the call has left already, and
	// ErrUnanswered if Asterisk has probably done so without an answer.
	Continue(ctx context.Context, channel, extension string) error
	// CarriedOut returns nil if a call continued as Continue asked, and ErrContinued if
	// the dialplan's guard, which fires so long after the call's arrival, was first. It
	// waits until the call has left Stasis. If Continue was unanswered, it returns
	// ErrUnanswered where nobody can tell.
	CarriedOut(ctx context.Context, channel string, guard time.Duration, unanswered bool) error
	// Play plays the message. It returns when the message has ended or reached its
	// limit, or when the caller has hung up.
	Play(ctx context.Context, channel string, message policy.Message) error
}

// Recorder accepts the record of a call. It must not block.
type Recorder interface {
	Add(record calllog.Record)
}

// Why a call left before its verdict.
var (
	// ErrHungUp means that the caller has hung up.
	ErrHungUp = errors.New("the caller has hung up")
	// ErrContinued means that the call continued without a verdict: by the
	// dialplan's guard, or because a user or another program moved it.
	ErrContinued = errors.New("the call has continued")
	// ErrUnanswered means that Asterisk did not answer in time, and that the call has
	// left Stasis since.
	ErrUnanswered = errors.New("no answer of Asterisk, and the call has left")
)

// HungUpError is an ErrHungUp of a call that was in Stasis for the given time, 0 if
// that is unknown.
type HungUpError struct{ After time.Duration }

// Error says that the caller has hung up, and when.
func (e *HungUpError) Error() string { return fmt.Sprintf("%v after %s", ErrHungUp, e.After) }

// Is makes it an ErrHungUp.
func (e *HungUpError) Is(target error) bool { return target == ErrHungUp }

// guard is when the dialplan's guard fires (asterisk-conf/ringfence.conf). A call
// that was in Stasis for about as long has continued, even if its caller has hung up
// since. About is by guardMargin.
const (
	guard       = 1500 * time.Millisecond
	guardMargin = 100 * time.Millisecond
)

// The extensions where a call continues. Those that refuse a call have the names
// of actions.
const (
	ExitAllow = "allow"
	// ExitAllowClosed is for calls outside working time, if the dialplan has it.
	ExitAllowClosed = "allow-closed"
)

func exitPassed(call Call, verdict Verdict) string {
	if call.HasClosedExit && verdict.Hours.Closed() {
		return ExitAllowClosed
	}
	return ExitAllow
}

// DefaultDeadline is the longest time that facts and policy may take. Most of the
// guard's 1.5 s remains for the answer to Asterisk.
const DefaultDeadline = 500 * time.Millisecond

// maxMessages is how many messages play at once. Each occupies a worker, and
// listed callers must not stop the screening of others. Calls above the limit are
// declined without a message.
const maxMessages = 100

// The circuit breaker opens when the store has failed for three calls in a row,
// so that further callers do not wait for it. Every second, one call tries again.
const (
	breakerFailures = 3
	breakerPause    = time.Second
)

// Config configures a Screener. Every field is required.
type Config struct {
	Facts    FactSource
	Policies *policy.Cache
	Control  Control
	Records  Recorder
	// OnListed is called after a rate rule has listed a caller. It must not block.
	OnListed func()
	Metrics  *Metrics
	Log      *slog.Logger
	Now      func() time.Time
	// Deadline is the longest time that facts and policy may take.
	Deadline time.Duration
	// Instance names this Ringfence in the records.
	Instance string
}

// Screener decides about calls and acts on the verdicts. It is safe for concurrent use.
type Screener struct {
	Config
	breaker *gobreaker.CircuitBreaker[Facts]
	// failed is the failure of the last lookup, nil if it succeeded.
	failed atomic.Pointer[failedLookup]
	// messages holds a token for each message that plays.
	messages chan struct{}
}

// NewScreener returns a Screener.
func NewScreener(config Config) *Screener {
	return &Screener{
		Config:   config,
		messages: make(chan struct{}, maxMessages),
		breaker: gobreaker.NewCircuitBreaker[Facts](gobreaker.Settings{
			Name:        "facts",
			Timeout:     breakerPause,
			ReadyToTrip: func(counts gobreaker.Counts) bool { return counts.ConsecutiveFailures >= breakerFailures },
			// A lookup that was cancelled because the caller hung up says nothing about
			// the store.
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
			OnStateChange: func(_ string, _, to gobreaker.State) {
				config.logBreaker(to)
			},
		}),
	}
}

// logBreaker logs that lookups in the store pause or take place again.
func (c *Config) logBreaker(to gobreaker.State) {
	switch to {
	case gobreaker.StateOpen:
		c.Log.Warn("Redis failed repeatedly: lookups are paused", slog.Duration("pause", breakerPause))
	case gobreaker.StateHalfOpen:
		c.Log.Info("Redis is tried again with one call")
	case gobreaker.StateClosed:
		c.Log.Info("Redis answers again: lookups are resumed")
	}
}

// Screen decides about the call and acts on it. An error comes from Asterisk:
// the call may still wait for its verdict.
func (s *Screener) Screen(ctx context.Context, call Call) error {
	s.Metrics.active.Inc()
	defer s.Metrics.active.Dec()

	call.ListTime = s.Policies.Now()
	deciding, cancel := context.WithTimeout(ctx, s.Deadline)
	facts, current := s.lookUp(deciding, call)
	cancel()
	verdict := Decide(call, facts, current)
	events := s.timeline(call)
	events.add(eventChecked)
	if facts.Listed != nil {
		events.add(eventListed)
	}
	if verdict.Refused() && verdict.Action == blacklist.Message {
		select {
		case s.messages <- struct{}{}:
			defer func() { <-s.messages }()
		default:
			verdict.Action = blacklist.Decline
		}
	}

	took, err := s.act(ctx, call, verdict, current.Settings.Message, events)
	s.reportListing(ctx, call, facts)
	s.report(ctx, call, verdict, s.record(call, verdict, took, err, events), failOpenCause(verdict, err))
	if errors.Is(err, ErrHungUp) || errors.Is(err, ErrContinued) || errors.Is(err, ErrUnanswered) {
		return nil
	}
	return err
}

// maxLookups bounds the lookups for one call if the policy changes between them.
const maxLookups = 3

// lookUp returns the facts about a call and the policy at the same moment. The
// store counts the call only if the cached policy is the current one. If it is
// not, lookUp loads the current one and looks up again, at most twice.
func (s *Screener) lookUp(ctx context.Context, call Call) (Facts, policy.Policy) {
	current := s.Policies.Current()
	for asked := 1; ; asked++ {
		count := NewCount(call, current)
		facts := s.facts(ctx, count)
		planned := count.Version == facts.PolicyVersion
		current = s.policy(ctx, &facts)
		if planned || facts.Missing != "" || asked == maxLookups || len(NewCount(call, current).Rules) == 0 {
			return facts, current
		}
	}
}

// facts looks the call up in the store, or says why that failed.
func (s *Screener) facts(ctx context.Context, count Count) Facts {
	facts, err := s.breaker.Execute(func() (facts Facts, err error) {
		if len(count.Rules) == 0 {
			facts, err = s.Facts.Facts(ctx, count.Caller, count.Dialled)
		} else {
			facts, err = s.Facts.Count(ctx, count)
		}
		// A store may notice the end of the call only at its deadline. The caller
		// who has hung up says nothing about Redis.
		if err != nil && errors.Is(ctx.Err(), context.Canceled) {
			err = context.Canceled
		}
		return facts, err
	})
	switch {
	case err == nil:
		if s.failed.Load() != nil {
			s.failed.Store(nil)
		}
		return facts
	case errors.Is(err, context.Canceled):
		return Facts{Missing: "the call left Stasis before Redis answered"}
	}
	s.Metrics.checkErrors.WithLabelValues(CheckList).Inc()
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		s.noteFailure(errPaused)
		return Facts{Missing: "Redis is not available"}
	}
	s.noteFailure(err)
	s.Log.WarnContext(ctx, "the store did not answer", slog.String("call", count.ID), slog.Any("error", err))
	return Facts{Missing: err.Error()}
}

// failedLookup is when lookups failed last, and why.
type failedLookup struct {
	at  time.Time
	err error
}

// errPaused means that a lookup was not made because of the failures before.
var errPaused = errors.New("lookups are paused")

// noteFailure keeps the failure of a lookup.
func (s *Screener) noteFailure(err error) {
	if before := s.failed.Load(); errors.Is(err, errPaused) && before != nil {
		err = before.err
	}
	s.failed.Store(&failedLookup{at: s.Now(), err: err})
}

// FailedLookup returns when the last lookup failed and why, or a zero time if it
// succeeded or there was none.
func (s *Screener) FailedLookup() (at time.Time, err error) {
	if failed := s.failed.Load(); failed != nil {
		return failed.at, failed.err
	}
	return time.Time{}, nil
}

func (s *Screener) policy(ctx context.Context, facts *Facts) policy.Policy {
	if facts.Missing != "" && facts.PolicyVersion == "" {
		return s.Policies.Current()
	}
	current, err := s.Policies.At(ctx, facts.PolicyVersion)
	switch {
	case err == nil:
	case errors.Is(ctx.Err(), context.Canceled):
		facts.Missing = "the call left Stasis before Redis answered"
	default:
		s.noteFailure(err)
		s.Metrics.checkErrors.WithLabelValues(CheckPrefix).Inc()
		s.Log.WarnContext(ctx, "the newest policy could not be loaded: an older one decides", slog.Any("error", err))
		facts.Missing = "the newest policy could not be loaded"
	}
	return current
}

// act carries the verdict out and returns how long the caller waited for it.
func (s *Screener) act(ctx context.Context, call Call, verdict Verdict, message policy.Message, events *timeline) (time.Duration, error) {
	switch {
	case !verdict.Refused():
		return s.leave(ctx, call, exitPassed(call, verdict), guard)
	case verdict.Action == blacklist.Message:
		return s.actMessage(ctx, call, message, events)
	default:
		return s.leave(ctx, call, string(verdict.Action), guard)
	}
}

// leave sends the call to an extension, and returns how long its caller waited. The
// guard fires so long after its arrival.
func (s *Screener) leave(ctx context.Context, call Call, extension string, guard time.Duration) (time.Duration, error) {
	err := s.Control.Continue(ctx, call.ID, extension)
	took := s.Now().Sub(call.At)
	unanswered := errors.Is(err, ErrUnanswered)
	if err != nil && !unanswered {
		return took, afterGuard(err, guard, took)
	}
	return took, s.Control.CarriedOut(ctx, call.ID, guard, unanswered)
}

// afterGuard returns ErrContinued instead of an ErrHungUp of a call that was in
// Stasis for as long as the guard allows: its caller hung up later. Known is what
// this Ringfence knows of the time.
func afterGuard(err error, guard, known time.Duration) error {
	if !errors.Is(err, ErrHungUp) {
		return err
	}
	if gone, ok := errors.AsType[*HungUpError](err); ok && gone.After > 0 {
		known = gone.After
	}
	if known >= guard-guardMargin {
		return ErrContinued
	}
	return err
}

// MessageGuard is how much later than the message's limit the dialplan's guard fires:
// the requests before and after the message take time.
const MessageGuard = 2 * time.Second

// actMessage plays the message and refuses the call, even if the message does
// not play. A caller who hangs up during the message counts as refused.
func (s *Screener) actMessage(ctx context.Context, call Call, message policy.Message, events *timeline) (time.Duration, error) {
	took := s.Now().Sub(call.At)
	played := s.Control.Play(ctx, call.ID, message)
	if played == nil {
		events.add(eventMessage)
	} else {
		events.add(eventMessageFailed)
		s.Log.WarnContext(ctx, "the message did not play", slog.String("call", call.ID), slog.Any("error", played))
	}
	_, err := s.leave(ctx, call, string(blacklist.Decline), took+message.Limit+MessageGuard)
	if played == nil && errors.Is(err, ErrHungUp) {
		err = nil
	}
	return took, err
}
