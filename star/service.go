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
	// Facts answers what is known about a caller, in one round trip.
	Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error)
	// Edit carries out an edit, records it as done by whom ctx names, and says
	// whether it is done, which it may be with an error, too.
	Edit(ctx context.Context, edit blacklist.Edit) (done bool, err error)
}

// Policies answers the policy of a version, or of a later one.
type Policies interface {
	At(ctx context.Context, version string) (policy.Policy, error)
}

// Control acts on a request that waits for its answer.
type Control interface {
	// Continue hands the request back to the dialplan, to an extension of the
	// context ringfence-star. That it is no longer there is no error.
	Continue(ctx context.Context, channel, extension string) error
}

// Deadline is the longest time that a request may take. It leaves the rest of
// the dialplan guard's 1.5 s (asterisk-conf/ringfence-star.conf) to the way back
// to Asterisk.
const Deadline = time.Second

// attempts bounds how often a request starts anew because the entry was changed
// meanwhile.
const attempts = 3

var errOvertaken = errors.New("others keep changing the same entry")

// Config is what a Service works with. Every field is needed.
type Config struct {
	List     List
	Policies Policies
	Control  Control
	Metrics  *Metrics
	Log      *slog.Logger
	Now      func() time.Time
}

// Service carries requests through. It is safe for concurrent use.
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

// Serve carries one request through and answers it. Who has dialled and
// hangs up at once has it carried out all the same.
func (s *Service) Serve(ctx context.Context, request Request) error {
	decision, err := s.carryOut(ctx, request)
	s.report(ctx, request, decision, err)
	return s.Control.Continue(ctx, request.Channel, decision.Result.exit())
}

// Fallback reports a request that was given up before it could be carried out,
// and why.
func (s *Service) Fallback(ctx context.Context, request Request, cause string) {
	s.report(ctx, request, without(Failed, "the request went on undecided: "+cause), nil)
}

// carryOut does what the decision says. With an error, the decision's edit is
// done all the same unless the result is Failed.
func (s *Service) carryOut(ctx context.Context, request Request) (Decision, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), Deadline)
	defer cancel()
	ctx = audit.As(ctx, audit.By{Name: request.author(), Via: audit.Phone})
	for range attempts {
		facts, err := s.List.Facts(ctx, request.Caller.Number, phone.Number{})
		if err != nil {
			return without(Failed, "the list cannot be asked"), err
		}
		policy, err := s.Policies.At(ctx, facts.PolicyVersion)
		if err != nil {
			return without(Failed, "the newest policy could not be loaded"), err
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
			return without(Failed, "the list cannot be changed"), err
		}
	}
	return without(Failed, "the list cannot be changed"), errOvertaken
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
