package screen_test

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/screen"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const listed = "+442071838750"

// store answers facts and policies from memory; fail means the faults of
// the way to a real one.
type store struct {
	policy  policy.Policy
	entries []blacklist.Entry
	fail    func(ctx context.Context) error
	loaded  atomic.Int32

	counter repeat.Counter
	// uncounted is why the store takes no counts.
	uncounted string
}

func (s *store) Facts(ctx context.Context, caller, _ phone.Number) (screen.Facts, error) {
	if s.fail != nil {
		if err := s.fail(ctx); err != nil {
			return screen.Facts{}, err
		}
	}
	facts := screen.Facts{PolicyVersion: s.policy.Version}
	for _, entry := range s.entries {
		if entry.Rule.Pattern.Matches(caller) {
			facts.Entries = append(facts.Entries, entry)
		}
	}
	return facts, nil
}

func (s *store) Count(ctx context.Context, count screen.Count) (screen.Facts, error) {
	facts, err := s.Facts(ctx, count.Caller, count.Dialled)
	facts.Uncounted = s.uncounted
	if err != nil || len(facts.Entries) > 0 || s.uncounted != "" || count.Version != facts.PolicyVersion {
		return facts, err
	}
	counts, tripped := s.counter.Count(count.Call, count.Rules)
	facts.Counts = make(map[repeat.Rule]int)
	for i, rule := range count.Rules {
		facts.Counts[rule] = counts[i]
	}
	if tripped != nil && count.List {
		rule, err := blacklist.ParseRule(count.Caller.String())
		if err != nil {
			return facts, err
		}
		facts.Listed = &blacklist.Entry{Rule: rule, Kind: blacklist.Block, Reason: tripped.Words(), Source: "repeat"}
		s.entries = append(s.entries, *facts.Listed)
	}
	return facts, nil
}

func (*store) Now() time.Time { return time.Now() }

func (s *store) Policy(ctx context.Context) (policy.Policy, error) {
	s.loaded.Add(1)
	if s.fail != nil {
		if err := s.fail(ctx); err != nil {
			return policy.Policy{}, err
		}
	}
	return s.policy, nil
}

func (s *store) PolicyVersion(ctx context.Context) (string, error) {
	if s.fail != nil {
		if err := s.fail(ctx); err != nil {
			return "", err
		}
	}
	return s.policy.Version, nil
}

// asterisk notes what was asked of it, and answers with the given errors.
type asterisk struct {
	mu                sync.Mutex
	did               []string
	play, continueErr error
	playDuration      time.Duration
	// continueTakes is how long Asterisk takes to accept a Continue; guardFired says
	// that it did not carry it out.
	continueTakes time.Duration
	guardFired    bool
	// unknown says that Asterisk cannot tell what it did without an answer.
	unknown bool
}

func (a *asterisk) Continue(_ context.Context, _, extension string) error {
	a.note(extension)
	time.Sleep(a.continueTakes)
	return a.continueErr
}

func (a *asterisk) CarriedOut(_ context.Context, _ string, _ time.Duration, unanswered bool) error {
	switch {
	case a.guardFired:
		return screen.ErrContinued
	case unanswered && a.unknown:
		return screen.ErrUnanswered
	}
	return nil
}

func (a *asterisk) Play(_ context.Context, _ string, message policy.Message) error {
	a.note("play " + message.Sound)
	time.Sleep(a.playDuration)
	return a.play
}

func (a *asterisk) note(what string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.did = append(a.did, what)
}

type records []calllog.Record

var adding sync.Mutex

func (r *records) Add(record calllog.Record) {
	adding.Lock()
	defer adding.Unlock()
	*r = append(*r, record)
}

type system struct {
	store    store
	onListed int
	asterisk asterisk
	records  records
	registry *prometheus.Registry
	screener *screen.Screener
}

func newSystem(t *testing.T) *system {
	t.Helper()
	h := &system{registry: prometheus.NewRegistry()}
	h.store.policy = policy.Policy{Version: "1", Settings: policy.DefaultSettings()}
	h.store.entries = entries(t, "block "+listed)
	log := slog.New(slog.DiscardHandler)
	h.screener = screen.NewScreener(screen.Config{
		Facts:    &h.store,
		Policies: policy.NewCache(&h.store, "", log),
		Control:  &h.asterisk,
		Records:  &h.records,
		OnListed: func() { h.onListed++ },
		Metrics:  screen.NewMetrics(h.registry),
		Log:      log,
		Now:      time.Now,
		Deadline: screen.DefaultDeadline,
		Instance: "here",
	})
	return h
}

func (h *system) call(t *testing.T, caller string) error {
	t.Helper()
	return h.callDuring(t.Context(), caller)
}

// callDuring places a call that lasts until the context ends.
func (h *system) callDuring(ctx context.Context, caller string) error {
	call := screen.ReadCall([]string{"100", caller, "", "", "linked"}, "", "")
	call.ID = "channel"
	call.At = time.Now()
	return h.screener.Screen(ctx, call)
}

func (h *system) failOpen(cause string) float64 {
	families, _ := h.registry.Gather()
	for _, family := range families {
		for _, metric := range family.GetMetric() {
			for _, label := range metric.GetLabel() {
				if family.GetName() == "ringfence_fail_open_total" && label.GetValue() == cause {
					return metric.GetCounter().GetValue()
				}
			}
		}
	}
	return 0
}

// pausing answers after a time.
func pausing(length time.Duration) func(context.Context) error {
	paused := false
	return func(context.Context) error {
		if !paused {
			time.Sleep(length)
		}
		paused = true
		return nil
	}
}

func TestScreener_RefusesAndRecords(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		if err := h.call(t, listed); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"decline"}, h.asterisk.did); diff != "" {
			t.Errorf("asked of Asterisk (-want +got):\n%s", diff)
		}
		want := records{{
			Caller: listed, Dialled: "100", Verdict: calllog.Refused, Check: "list", Rule: "block " + listed,
			Action: "decline", Text: "Hungup call by blacklist", Channel: "channel", LinkedID: "linked",
			Instance: "here", HitRule: listed,
		}}
		if diff := cmp.Diff(want, h.records, cmpopts.IgnoreFields(calllog.Record{}, "Time", "Took", "Checks", "Events")); diff != "" {
			t.Errorf("record (-want +got):\n%s", diff)
		}
	})
}

func TestScreener_PassesOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		if err := h.call(t, "+442071838751"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"allow"}, h.asterisk.did); diff != "" {
			t.Errorf("asked of Asterisk (-want +got):\n%s", diff)
		}
		if got := h.records[0]; got.Verdict != calllog.Passed || got.Action != "continue" || got.Text != "" {
			t.Errorf("record = %+v", got)
		}
	})
}

func TestScreener_ObserveContinuesTheCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		h.store.policy.Settings.Mode = policy.Observe
		h.store.policy.Version = "2"
		if err := h.call(t, listed); err != nil {
			t.Fatal(err)
		}
		if got := h.records[0]; h.asterisk.did[0] != "allow" || got.Verdict != calllog.Observed || got.Text != "" {
			t.Errorf("did %v, record = %+v", h.asterisk.did, got)
		}
	})
}

func TestScreener_Message(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		play, continueErr error
		want              calllog.Verdict
		guard             bool
	}{
		"heard to the end":          {want: calllog.Refused},
		"hung up on":                {continueErr: screen.ErrHungUp, want: calllog.Refused},
		"cannot be played":          {play: errors.New("no such sound"), want: calllog.Refused},
		"hung up before it began":   {play: errors.New("gone"), continueErr: screen.ErrHungUp, want: calllog.Abandoned},
		"the guard continued it":    {continueErr: screen.ErrContinued, want: calllog.Passed},
		"continued and has ended":   {continueErr: &screen.HungUpError{After: policy.DefaultSettings().Message.Limit + screen.MessageGuard}, want: calllog.Passed},
		"accepted, not carried out": {want: calllog.Passed, guard: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newSystem(t)
				h.store.entries = entries(t, "block "+listed+" message")
				h.asterisk.play, h.asterisk.continueErr, h.asterisk.playDuration = test.play, test.continueErr, 5*time.Second
				h.asterisk.guardFired = test.guard
				if err := h.call(t, listed); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff([]string{"play sound:ss-noservice", "decline"}, h.asterisk.did); diff != "" {
					t.Errorf("asked of Asterisk (-want +got):\n%s", diff)
				}
				if got := h.records[0]; got.Verdict != test.want || got.Took > time.Second {
					t.Errorf("record = %+v, want %s", got, test.want)
				}
			})
		})
	}
}

// Ensure a flood of listed callers can't hold all calls by their messages.
func TestScreener_Message_Limit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		h.store.entries = entries(t, "block "+listed+" message")
		h.asterisk.playDuration = 5 * time.Second
		var calls sync.WaitGroup
		for range 150 {
			calls.Go(func() { _ = h.call(t, listed) })
		}
		calls.Wait()
		actions := map[string]int{}
		for _, record := range h.records {
			actions[record.Action]++
		}
		if diff := cmp.Diff(map[string]int{"message": 100, "decline": 50}, actions); diff != "" {
			t.Errorf("actions (-want +got):\n%s", diff)
		}
	})
}

func TestScreener_Fallback(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	call := screen.ReadCall([]string{"100", listed}, "", "")
	h.screener.Fallback(t.Context(), call, "overflow")
	want := records{{
		Caller: listed, Dialled: "100", Verdict: calllog.Passed, Check: "none", Action: "continue",
		Degraded: "the call continued without a decision: overflow", Instance: "here",
	}}
	if diff := cmp.Diff(want, h.records, cmpopts.IgnoreFields(calllog.Record{}, "Time", "Took", "Checks", "Events")); diff != "" {
		t.Errorf("record (-want +got):\n%s", diff)
	}
	if got := h.failOpen("overflow"); got != 1 {
		t.Errorf("fail_open_total{overflow} = %v, want 1", got)
	}
}

// Ensure a policy changed since the last call is loaded before this one is
// decided, and only then.
func TestScreener_LoadsANewerPolicyBeforeItDecides(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		const caller = "+4930123456"
		_ = h.call(t, caller)
		h.store.policy = policy.Policy{
			Version: "2", Settings: policy.DefaultSettings(),
			Rules: blacklist.NewRules(entries(t, "block +4930*")),
		}
		_ = h.call(t, caller)
		_ = h.call(t, caller)
		if diff := cmp.Diff([]string{"allow", "decline", "decline"}, h.asterisk.did); diff != "" {
			t.Errorf("asked of Asterisk (-want +got):\n%s", diff)
		}
		if h.store.loaded.Load() != 2 {
			t.Errorf("the policy was loaded %d times, want 2", h.store.loaded.Load())
		}
	})
}

// Ensure a silent store holds a caller no longer than the deadline, that the
// next callers don't wait for it at all, and that it is used again after.
func TestScreener_StoreThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		h.store.policy = policy.Policy{
			Version: "2", Settings: policy.DefaultSettings(),
			Rules: blacklist.NewRules(entries(t, "block +4930*")),
		}
		_ = h.call(t, listed)
		h.store.fail = func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		for range 5 {
			if err := h.call(t, listed); err != nil {
				t.Fatal(err)
			}
		}
		_ = h.call(t, "+4930123456")
		h.store.fail = nil
		time.Sleep(2 * time.Second)
		_ = h.call(t, listed)
		want := []string{"decline", "allow", "allow", "allow", "allow", "allow", "decline", "decline"}
		if diff := cmp.Diff(want, h.asterisk.did); diff != "" {
			t.Errorf("asked of Asterisk (-want +got):\n%s", diff)
		}
		for i, record := range h.records {
			if i >= 1 && i <= 6 != (record.Degraded != "") {
				t.Errorf("call %d: degraded = %q", i, record.Degraded)
			}
			if limit := screen.DefaultDeadline; i <= 3 && record.Took > limit || i > 3 && record.Took > 0 {
				t.Errorf("call %d waited %s", i, record.Took)
			}
		}
		if got := h.failOpen("store"); got != 5 {
			t.Errorf("fail_open_total{store} = %v, want 5", got)
		}
	})
}

// Ensure a caller who hangs up just when the store is tried again doesn't pass
// for its answer: the next callers must not wait for it one by one.
func TestScreener_CallerHangsUpDuringTheLookup(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		silent := func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		h.store.fail = silent
		for range 3 {
			_ = h.call(t, listed)
		}
		time.Sleep(2 * time.Second)
		h.store.fail = func(context.Context) error { return context.Canceled }
		_ = h.call(t, listed)
		h.store.fail = silent
		_ = h.call(t, listed)
		_ = h.call(t, listed)
		var waits []time.Duration
		for _, record := range h.records[3:] {
			waits = append(waits, record.Took)
		}
		if diff := cmp.Diff([]time.Duration{0, screen.DefaultDeadline, 0}, waits); diff != "" {
			t.Errorf("waits (-want +got):\n%s", diff)
		}
	})
}

// Ensure callers who hang up don't count as failures of the store, even when
// the store's answer is its own timeout: the next caller is screened.
func TestScreener_CallersHangUpBeforeTheStoreAnswers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newSystem(t)
		for range 5 {
			ctx, hangUp := context.WithCancel(t.Context())
			h.store.fail = func(context.Context) error { hangUp(); return errors.New("i/o timeout") }
			_ = h.callDuring(ctx, listed)
		}
		h.store.fail = nil
		_ = h.call(t, listed)
		if last := h.records[len(h.records)-1]; last.Verdict != calllog.Refused {
			t.Errorf("the next call is %+v, want it refused", last)
		}
	})
}

// dialplanGuard returns the time after which the subroutine takes a call back.
func dialplanGuard(tb testing.TB) time.Duration {
	tb.Helper()
	set := regexp.MustCompile(`TIMEOUT\(absolute\)=([\d.]+)`).FindStringSubmatch(asteriskconf.Dialplan())
	if set == nil {
		tb.Fatal("the subroutine sets no guard")
	}
	guard, err := time.ParseDuration(set[1] + "s")
	if err != nil {
		tb.Fatal(err)
	}
	return guard
}

func TestScreener_ResultOfTheCall(t *testing.T) {
	t.Parallel()
	unreachable := errors.New("connection refused")
	guard := dialplanGuard(t)
	for name, test := range map[string]struct {
		asterisk error
		verdict  calllog.Verdict
		cause    string
		err      error
		// takes is how long Asterisk takes to answer, guard that the guard was first.
		takes time.Duration
		guard bool
		// degraded is what the record says.
		degraded string
	}{
		"the caller hung up":                {asterisk: screen.ErrHungUp, verdict: calllog.Abandoned},
		"hung up long before":               {asterisk: &screen.HungUpError{After: time.Second}, verdict: calllog.Abandoned},
		"hung up before the guard":          {asterisk: &screen.HungUpError{After: guard - 150*time.Millisecond}, verdict: calllog.Abandoned},
		"the guard continued it":            {asterisk: screen.ErrContinued, verdict: calllog.Passed, cause: "guard"},
		"continued and has ended":           {asterisk: &screen.HungUpError{After: guard}, verdict: calllog.Passed, cause: "guard"},
		"a clock that runs ahead":           {asterisk: &screen.HungUpError{After: guard - 50*time.Millisecond}, verdict: calllog.Passed, cause: "guard"},
		"Asterisk does not answer":          {asterisk: unreachable, verdict: calllog.Passed, cause: "asterisk", err: unreachable},
		"gone, and nobody knows when":       {asterisk: &screen.HungUpError{}, verdict: calllog.Passed, cause: "guard", takes: guard},
		"gone soon, nobody knows when":      {asterisk: &screen.HungUpError{}, verdict: calllog.Abandoned, takes: time.Second},
		"accepted in the last moment":       {verdict: calllog.Refused, takes: guard - 200*time.Millisecond},
		"carried out without an answer":     {asterisk: screen.ErrUnanswered, verdict: calllog.Refused},
		"nobody knows":                      {asterisk: screen.ErrUnanswered, verdict: calllog.Refused, degraded: "did not say"},
		"no answer, and the guard is first": {asterisk: screen.ErrUnanswered, verdict: calllog.Passed, cause: "guard", guard: true},
		"accepted, but the guard is first":  {verdict: calllog.Passed, cause: "guard", takes: guard - 200*time.Millisecond, guard: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newSystem(t)
				h.asterisk.continueErr, h.asterisk.continueTakes, h.asterisk.guardFired = test.asterisk, test.takes, test.guard
				h.asterisk.unknown = test.degraded != ""
				h.store.entries = entries(t, "block "+listed)
				if err := h.call(t, listed); !errors.Is(err, test.err) {
					t.Errorf("error = %v, want %v", err, test.err)
				}
				if got := h.records[0]; got.Verdict != test.verdict || (got.Text != "") != (test.verdict == calllog.Refused) || !strings.Contains(got.Degraded, test.degraded) {
					t.Errorf("record = %+v", got)
				}
				if test.cause == "" && (h.failOpen("store") != 0 || h.failOpen("guard") != 0) {
					t.Error("a caller who hung up was counted as passed")
				}
				if test.cause != "" && h.failOpen(test.cause) != 1 {
					t.Errorf("fail_open_total{%s} was not counted", test.cause)
				}
			})
		})
	}
}

func TestMetrics_Names(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	screen.NewMetrics(registry)
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("lint: %v, %v", problems, err)
	}
}
