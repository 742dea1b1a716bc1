package star

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

// List is the list of callers. It must return when ctx ends.
type List interface {
	// Facts returns the facts about a caller, in one round trip.
	Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error)
	// Edit changes the list and records the change with the author in ctx. Done
	// says whether the list has changed; that is possible with an error too.
	Edit(ctx context.Context, edit blacklist.Edit) (done bool, err error)
}

// Policies returns the policy of a version, or of a later one.
type Policies interface {
	At(ctx context.Context, version string) (policy.Policy, error)
}

// Control acts on a request that waits for its answer.
type Control interface {
	// Continue sends the request back to the dialplan, to an extension of the
	// context ringfence-star. It is no error if the channel has gone.
	Continue(ctx context.Context, channel, extension string) error
}

// Deadline is the longest time that a request may take. The rest of the guard's
// 1.5 s (asterisk-conf/ringfence-star.conf) is for the answer to Asterisk.
const Deadline = time.Second

// maxAttempts bounds how often a request is tried if the entry changes meanwhile.
const maxAttempts = 3

var errConflict = errors.New("other programs keep changing the same entry")

// Config configures a Service. Every field is required.
type Config struct {
	List     List
	Policies Policies
	Control  Control
	Metrics  *Metrics
	Log      *slog.Logger
	Now      func() time.Time
}

// Service carries out requests. It is safe for concurrent use.
type Service struct{ Config }

// Metrics counts requests. No label ever holds a number or a telephone.
type Metrics struct{ requests *prometheus.CounterVec }

// NewMetrics registers the metrics of requests.
func NewMetrics(registerer prometheus.Registerer) *Metrics {
	m := &Metrics{requests: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "ringfence_star_requests_total",
		Help: "Star codes dialled, by request (block-last, remove-last, unknown) and result: " +
			"blocked, removed, withheld, not-permitted, no-caller, refused, not-listed, unknown, failed.",
	}, []string{"request", "result"})}
	registerer.MustRegister(m.requests)
	return m
}

// Serve carries out one request and answers it. It is carried out even if the user
// hangs up at once.
func (s *Service) Serve(ctx context.Context, request Request) error {
	decision, err := s.carryOut(ctx, request)
	s.report(ctx, request, decision, err)
	return s.Control.Continue(ctx, request.Channel, decision.Result.exit())
}

// Fallback reports a request that was not carried out. Cause says why.
func (s *Service) Fallback(ctx context.Context, request Request, cause string) {
	s.report(ctx, request, unchanged(Failed, "the request was not carried out: "+cause), nil)
}

// carryOut decides and changes the list. If it returns an error, the list has
// changed nevertheless unless the result is Failed.
func (s *Service) carryOut(ctx context.Context, request Request) (Decision, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Deadline)
	defer cancel()
	ctx = audit.As(ctx, audit.By{Name: request.author(), Via: audit.Phone})
	for range maxAttempts {
		facts, err := s.List.Facts(ctx, request.Caller.Number, phone.Number{})
		if err != nil {
			return unchanged(Failed, "the list cannot be read"), err
		}
		policy, err := s.Policies.At(ctx, facts.PolicyVersion)
		if err != nil {
			return unchanged(Failed, "the newest policy could not be loaded"), err
		}
		decision := Decide(request, facts, policy, s.Now())
		if decision.Edit == nil {
			return decision, nil
		}
		done, err := s.List.Edit(ctx, *decision.Edit)
		switch {
		case done:
			return decision, err
		case err != nil:
			return unchanged(Failed, "the list cannot be changed"), err
		}
	}
	return unchanged(Failed, "the list cannot be changed"), errConflict
}

func (s *Service) report(ctx context.Context, request Request, decision Decision, err error) {
	s.Metrics.requests.WithLabelValues(string(request.Action), string(decision.Result)).Inc()
	attrs := []slog.Attr{
		slog.String("call", request.Channel),
		slog.String("endpoint", request.Endpoint),
		slog.String("request", string(request.Action)),
		slog.String("result", string(decision.Result)),
		slog.String("caller", request.Caller.String()),
		slog.String("reason", decision.Reason),
	}
	level := slog.LevelInfo
	if err != nil || decision.Result == Failed {
		level = slog.LevelWarn
	}
	if err != nil {
		attrs = append(attrs, slog.Any("error", err))
	}
	s.Log.LogAttrs(ctx, level, "star code dialled", attrs...)
}
