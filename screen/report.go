package screen

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/ringfence/ringfence/calllog"
)

const actionContinue = "continue"

// The events of a call, beside calllog.BlockedText, which ends a refused one.
const (
	eventEntered        = "entered"
	eventChecked        = "checked"
	eventListed         = "put on the list"
	eventMessage        = "message played"
	eventMessageFailed  = "message did not play"
	eventContinued      = "continued"
	eventHungUp         = "the caller hung up"
	eventContinuedEarly = "continued before the decision"
	eventNotAccepted    = "Asterisk did not accept the decision"
)

// timeline collects the events of a call with their time since its arrival.
type timeline struct {
	arrived time.Time
	now     func() time.Time
	events  []calllog.Event
}

// timeline begins with the call's arrival.
func (s *Screener) timeline(call Call) *timeline {
	return &timeline{arrived: call.At, now: s.Now, events: []calllog.Event{{Name: eventEntered}}}
}

func (t *timeline) add(name string) {
	after := t.now().Sub(t.arrived).Truncate(time.Microsecond)
	t.events = append(t.events, calllog.Event{Name: name, After: after})
}

// record makes the record of the call and ends its timeline. Err is Asterisk's
// answer to the verdict.
func (s *Screener) record(call Call, verdict Verdict, took time.Duration, err error, events *timeline) calllog.Record {
	decided := verdict.Decided()
	record := calllog.Record{
		Time:      call.At,
		Caller:    call.Caller.String(),
		Dialled:   call.Dialled.String(),
		Verdict:   calllog.Passed,
		Check:     decided.Name,
		Action:    actionContinue,
		Channel:   call.ID,
		LinkedID:  call.LinkedID,
		SIPCallID: call.SIPCallID,
		Took:      took,
		Degraded:  verdict.Degraded,
		Instance:  s.Instance,
		Hours:     calllog.Hours(verdict.Hours.Status),
		Checks:    recordedChecks(verdict),
	}
	if decided.Entry != nil {
		record.HitRule = decided.Entry.Rule.String()
		if !call.Caller.Withheld {
			record.Rule = decided.Entry.String()
		}
	}
	ending := eventContinued
	switch {
	case errors.Is(err, ErrHungUp):
		record.Verdict, record.Action, record.Degraded = calllog.Abandoned, "", ""
		ending = eventHungUp
	case errors.Is(err, ErrContinued):
		record.Degraded = "the dialplan's guard continued the call before the decision"
		ending = eventContinuedEarly
	case err != nil && !errors.Is(err, ErrUnanswered):
		record.Degraded = "Asterisk did not accept the decision"
		ending = eventNotAccepted
	case verdict.Refused():
		record.Verdict, record.Action, record.Text = calllog.Refused, string(verdict.Action), calllog.BlockedText
		ending = calllog.BlockedText
	case verdict.Outcome == Refuse:
		record.Verdict = calllog.Observed
	}
	if errors.Is(err, ErrUnanswered) {
		record.Degraded = "Asterisk did not say whether the decision was carried out"
	}
	events.add(ending)
	record.Events = events.events
	return record
}

// reportListing logs that a rate rule has put the caller on the list.
func (s *Screener) reportListing(ctx context.Context, call Call, facts Facts) {
	if facts.Listed == nil {
		return
	}
	s.OnListed()
	s.Metrics.listings.Inc()
	s.Log.WarnContext(ctx, "caller listed by a rate rule",
		slog.String("call", call.ID),
		slog.String("caller", call.Caller.String()),
		slog.String("dialled", call.Dialled.String()),
		slog.String("reason", facts.Listed.Reason),
		slog.String("duration", entryDuration(*facts.Listed)),
	)
}

// recordedChecks returns the verdict's checks as the log stores them.
func recordedChecks(verdict Verdict) []calllog.Check {
	checks := make([]calllog.Check, len(verdict.Checks))
	for i, check := range verdict.Checks {
		checks[i] = calllog.Check{
			Name: check.Name, Outcome: string(check.Outcome), Reason: check.Reason, Decided: check.Decided,
		}
	}
	return checks
}

// Fallback records a call that continued by the fallback, before a decision.
// Cause says why.
func (s *Screener) Fallback(ctx context.Context, call Call, cause string) {
	verdict := Verdict{
		Outcome: Pass, Degraded: "the call continued without a decision: " + cause,
		Checks: []Check{{Name: CheckNone, Outcome: Pass, Reason: "no check was made", Decided: true}},
	}
	s.report(ctx, call, verdict, s.record(call, verdict, s.Now().Sub(call.At), nil, s.timeline(call)), cause)
}

// failOpenCause says what failed, if a call continued that might have been
// refused; "" if nothing failed.
func failOpenCause(verdict Verdict, err error) string {
	switch {
	case errors.Is(err, ErrHungUp), errors.Is(err, ErrUnanswered):
		return ""
	case errors.Is(err, ErrContinued):
		return "guard"
	case err != nil:
		return "asterisk"
	case verdict.Degraded != "" && verdict.Outcome == Pass:
		return "store"
	default:
		return ""
	}
}

func (s *Screener) report(ctx context.Context, call Call, verdict Verdict, record calllog.Record, failOpen string) {
	s.Records.Add(record)
	s.Metrics.calls.WithLabelValues(string(record.Verdict), record.Check).Inc()
	s.Metrics.duration.Observe(record.Took.Seconds())
	if failOpen != "" {
		s.Metrics.failOpen.WithLabelValues(failOpen).Inc()
	}
	s.Log.LogAttrs(ctx, slog.LevelInfo, "call screened",
		slog.String("call", call.ID),
		slog.String("caller", record.Caller),
		slog.String("dialled", record.Dialled),
		slog.String("verdict", string(record.Verdict)),
		slog.String("check", record.Check),
		slog.String("reason", verdict.Decided().Reason),
		slog.String("action", record.Action),
		slog.Duration("took", record.Took),
		slog.String("degraded", record.Degraded),
	)
}
