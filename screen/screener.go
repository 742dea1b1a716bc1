package screen

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/sony/gobreaker/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

// FactSource answers what is known about one caller, in one round trip. It
// must return when ctx ends.
type FactSource interface {
	Facts(ctx context.Context, caller, dialled phone.Number) (Facts, error)
	// Count answers the same and counts the call by rate rules, unless an entry
	// decides about it or the policy is of another version than planned. A call
	// that is counted twice counts once.
	Count(ctx context.Context, count Count) (Facts, error)
}

// Control acts on a call that waits for its verdict.
type Control interface {
	// Continue hands the call back to the dialplan, to an extension of the
	// context ringfence. It returns ErrHungUp or ErrLeft if the call is no
	// longer there to be acted on.
	Continue(ctx context.Context, channel, extension string) error
	// Play plays the message and returns when it has ended, was cut at its
	// limit, or the caller hung up.
	Play(ctx context.Context, channel string, message policy.Message) error
}

// Recorder takes the record of a call. It must not block.
type Recorder interface {
	Add(record calllog.Record)
}

// What may have become of a call while it was being decided.
var (
	// ErrHungUp means that the caller has gone.
	ErrHungUp = errors.New("the caller has hung up")
	// ErrLeft means that the call went on without a verdict: the dialplan's
	// guard let it go, or somebody moved it.
	ErrLeft = errors.New("the call has gone on")
)

// HungUpError is an ErrHungUp of a call that was in Stasis for the given time.
type HungUpError struct{ After time.Duration }

// Error says that the caller has hung up, and when.
func (e *HungUpError) Error() string { return fmt.Sprintf("%v after %s", ErrHungUp, e.After) }

// Is makes it an ErrHungUp.
func (e *HungUpError) Is(target error) bool { return target == ErrHungUp }

// guardTime is a little less than what the dialplan's guard gives a verdict
// (1.5 s, asterisk-conf/ringfence.conf): a call that was in Stasis for so long
// went on, even if its caller has hung up since.
const guardTime = 1400 * time.Millisecond

// The extensions that let a call go on; those that refuse are named like their
// actions.
const (
	ExitAllow = "allow"
	// ExitAllowClosed is for calls outside working time, if the dialplan has it.
	ExitAllowClosed = "allow-closed"
)

func exitPassed(call Call, verdict Verdict) string {
	if call.ToldHours && verdict.Hours.Closed() {
		return ExitAllowClosed
	}
	return ExitAllow
}

// DefaultDeadline is the longest time that facts and policy may take. It
// leaves most of the dialplan guard's 1.5 s to the way back to Asterisk.
const DefaultDeadline = 500 * time.Millisecond

// maxMessages is how many messages play at once: each holds a call, and
// listed callers must not keep others from being screened. Beyond it they are
// declined without a message.
const maxMessages = 100

// The breaker keeps callers from waiting, one after the other, for a store
// that has just failed three of them; each second one call tries it again.
const (
	breakerFailures = 3
	breakerPause    = time.Second
)

// Config is what a Screener works with. Every field is needed.
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

// Screener carries calls through their decision. It is safe for concurrent use.
type Screener struct {
	Config
	breaker *gobreaker.CircuitBreaker[Facts]
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
			// A call that has gone says neither good nor bad of the store.
			IsExcluded: func(err error) bool { return errors.Is(err, context.Canceled) },
			OnStateChange: func(_ string, from, to gobreaker.State) {
				config.Log.Warn("asking the store", slog.String("from", from.String()), slog.String("to", to.String()))
			},
		}),
	}
}

// Screen decides about the call and acts on it. The returned error is one of
// Asterisk's: the call may still wait for its verdict.
func (s *Screener) Screen(ctx context.Context, call Call) error {
	s.Metrics.active.Inc()
	defer s.Metrics.active.Dec()

	deciding, cancel := context.WithTimeout(ctx, s.Deadline)
	facts, policy := s.lookUp(deciding, call)
	cancel()
	verdict := Decide(call, facts, policy)
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

	took, err := s.act(ctx, call, verdict, policy.Settings.Message, events)
	s.reportListing(ctx, call, facts)
	s.report(ctx, call, verdict, s.record(call, verdict, took, err, events), failOpenCause(verdict, err))
	if errors.Is(err, ErrHungUp) || errors.Is(err, ErrLeft) {
		return nil
	}
	return err
}

// maxAsked is how many times the store is asked about a call while the policy
// keeps changing.
const maxAsked = 3

// lookUp returns what the store knows of a call and the policy as it was at the
// same moment. The store counts the call only under the policy that is held; if
// that turns out to be an older one, the new one is loaded and the store asked
// once more.
func (s *Screener) lookUp(ctx context.Context, call Call) (Facts, policy.Policy) {
	policy := s.Policies.Current()
	for asked := 1; ; asked++ {
		count := NewCount(call, policy)
		facts := s.facts(ctx, count)
		planned := count.Version == facts.PolicyVersion
		policy = s.policy(ctx, &facts)
		if planned || facts.Missing != "" || asked == maxAsked || len(NewCount(call, policy).Rules) == 0 {
			return facts, policy
		}
	}
}

// facts asks the store, or says why it could not.
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
		return facts
	case errors.Is(err, context.Canceled):
		return Facts{Missing: "the call had gone before Redis answered"}
	}
	s.Metrics.checkErrors.WithLabelValues(CheckList).Inc()
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		return Facts{Missing: "Redis is out of reach"}
	}
	s.Log.WarnContext(ctx, "the store did not answer", slog.String("call", count.ID), slog.Any("error", err))
	return Facts{Missing: err.Error()}
}

func (s *Screener) policy(ctx context.Context, facts *Facts) policy.Policy {
	if facts.Missing != "" {
		return s.Policies.Current()
	}
	policy, err := s.Policies.At(ctx, facts.PolicyVersion)
	if err != nil {
		s.Metrics.checkErrors.WithLabelValues(CheckPrefix).Inc()
		s.Log.WarnContext(ctx, "deciding by an older policy", slog.Any("error", err))
		facts.Missing = "the newest policy could not be loaded"
	}
	return policy
}

// act carries the verdict out and returns how long the caller waited for it.
func (s *Screener) act(ctx context.Context, call Call, verdict Verdict, message policy.Message, events *timeline) (time.Duration, error) {
	switch {
	case !verdict.Refused():
		return s.leave(ctx, call, exitPassed(call, verdict))
	case verdict.Action == blacklist.Message:
		return s.actMessage(ctx, call, message, events)
	default:
		return s.leave(ctx, call, string(verdict.Action))
	}
}

func (s *Screener) leave(ctx context.Context, call Call, extension string) (time.Duration, error) {
	err := s.Control.Continue(ctx, call.ID, extension)
	if gone, ok := errors.AsType[*HungUpError](err); ok && gone.After >= guardTime {
		err = ErrLeft
	}
	return s.Now().Sub(call.At), err
}

// actMessage plays the message and refuses the call. A message that does not
// play leaves the refusal; a caller who hangs up on it has been refused.
func (s *Screener) actMessage(ctx context.Context, call Call, message policy.Message, events *timeline) (time.Duration, error) {
	took := s.Now().Sub(call.At)
	played := s.Control.Play(ctx, call.ID, message)
	if played == nil {
		events.add(eventMessage)
	} else {
		events.add(eventMessageFailed)
		s.Log.WarnContext(ctx, "the message did not play", slog.String("call", call.ID), slog.Any("error", played))
	}
	err := s.Control.Continue(ctx, call.ID, string(blacklist.Decline))
	if played == nil && errors.Is(err, ErrHungUp) {
		err = nil
	}
	return took, err
}
