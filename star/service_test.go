package star_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is all that a Service works with. Its hooks are the faults of the
// way to a real list; one that is nil does nothing.
type desk struct {
	policy  policy.Policy
	entries []blacklist.Entry
	asked   func(ctx context.Context) error
	loaded  func(ctx context.Context) error
	// edited may change the list before an edit, or answer in its place.
	edited func(ctx context.Context) (answer, done bool, err error)

	by    audit.By
	exits []string
	log   bytes.Buffer
}

func (d *desk) Facts(ctx context.Context, caller, dialled phone.Number) (screen.Facts, error) {
	if dialled.Known() {
		return screen.Facts{}, errors.New("a star code knows of no dialled number")
	}
	if d.asked != nil {
		if err := d.asked(ctx); err != nil {
			return screen.Facts{}, err
		}
	}
	facts := screen.Facts{PolicyVersion: d.policy.Version}
	for _, entry := range d.entries {
		if entry.Rule.Matches(caller, dialled) {
			facts.Entries = append(facts.Entries, entry)
		}
	}
	return facts, nil
}

func (d *desk) At(ctx context.Context, _ string) (policy.Policy, error) {
	if d.loaded != nil {
		if err := d.loaded(ctx); err != nil {
			return d.policy, err
		}
	}
	return d.policy, nil
}

func (d *desk) Edit(ctx context.Context, edit blacklist.Edit) (bool, error) {
	d.by = audit.From(ctx)
	if d.edited != nil {
		if answer, done, err := d.edited(ctx); answer {
			return done, err
		}
	}
	var before *blacklist.Entry
	if len(d.entries) > 0 {
		before = &d.entries[0]
	}
	if !blacklist.Same(before, edit.Before) {
		return false, nil
	}
	d.entries = nil
	if edit.After != nil {
		d.entries = []blacklist.Entry{*edit.After}
	}
	return true, nil
}

func (d *desk) Continue(ctx context.Context, channel, extension string) error {
	d.exits = append(d.exits, channel+" "+extension)
	return context.Cause(ctx)
}

// dial carries a request of the telephone at the front desk through.
func (d *desk) dial(t *testing.T, ctx context.Context, action star.Action) (exit, result string) { //nolint:revive // The context is what is tested.
	t.Helper()
	registry := prometheus.NewRegistry()
	service := star.Service{Config: star.Config{
		List: d, Policies: d, Control: d, Metrics: star.NewMetrics(registry),
		Log: slog.New(slog.NewTextHandler(&d.log, nil)), Now: time.Now,
	}}
	d.policy = samplePolicy(t)
	d.exits = nil
	_ = service.Serve(ctx, star.Request{Channel: "1.5", Endpoint: "front-desk", Action: action, Called: true, Caller: caller(pest)})
	if len(d.exits) != 1 {
		t.Fatalf("answers %q, want one", d.exits)
	}
	problems, err := testutil.GatherAndLint(registry)
	if err != nil || len(problems) > 0 {
		t.Errorf("metrics: %v, %v", problems, err)
	}
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || len(families[0].GetMetric()) != 1 {
		t.Fatalf("metrics: %v, %v, want one count", families, err)
	}
	for _, label := range families[0].GetMetric()[0].GetLabel() {
		if label.GetName() == "result" {
			result = label.GetValue()
		}
	}
	return strings.TrimPrefix(d.exits[0], "1.5 "), result
}

func TestServe(t *testing.T) {
	t.Parallel()
	failure := errors.New("the network is down")
	fails := func(context.Context) error { return failure }
	for name, test := range map[string]struct {
		desk         desk
		action       star.Action
		exit, result string
		listed       bool
	}{
		"block":                   {desk{}, star.BlockLast, "blocked", "blocked", true},
		"remove":                  {desk{entries: []blacklist.Entry{blocked(t)}}, star.RemoveLast, "removed", "removed", false},
		"nothing to remove":       {desk{}, star.RemoveLast, "error", "not-listed", false},
		"another action":          {desk{}, "unknown", "error", "unknown", false},
		"no facts":                {desk{asked: fails}, star.BlockLast, "error", "failed", false},
		"no policy":               {desk{loaded: fails}, star.BlockLast, "error", "failed", false},
		"no change":               {desk{edited: func(context.Context) (bool, bool, error) { return true, false, failure }}, star.BlockLast, "error", "failed", false},
		"a change without record": {desk{edited: func(context.Context) (bool, bool, error) { return true, true, failure }}, star.BlockLast, "blocked", "blocked", false},
		"overtaken for ever":      {desk{edited: func(context.Context) (bool, bool, error) { return true, false, nil }}, star.BlockLast, "error", "failed", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			exit, result := test.desk.dial(t, t.Context(), test.action)
			if exit != test.exit || result != test.result {
				t.Errorf("goes to %s and counts as %s, want %s and %s", exit, result, test.exit, test.result)
			}
			if listed := len(test.desk.entries) > 0; listed != test.listed {
				t.Errorf("listed: %v, want %v", listed, test.listed)
			}
			if log := test.desk.log.String(); strings.Contains(log, "WARN") != strings.Contains(log, "error=") || !strings.Contains(log, "endpoint=front-desk") {
				t.Errorf("the log says %s", log)
			}
		})
	}
}

func blocked(t *testing.T) blacklist.Entry {
	t.Helper()
	return blacklist.Entry{Rule: rule(t, pest), Kind: blacklist.Block}
}

// Ensure the change is recorded as the telephone's.
func TestServe_Author(t *testing.T) {
	t.Parallel()
	var d desk
	d.dial(t, t.Context(), star.BlockLast)
	if want := (audit.By{Name: "PJSIP/front-desk", Via: audit.Phone}); d.by != want {
		t.Errorf("by %+v, want %+v", d.by, want)
	}
}

// Ensure an operator who allows the caller in the same moment wins, and one
// who blocks is no hindrance.
func TestServe_Conflict(t *testing.T) {
	t.Parallel()
	for kind, want := range map[blacklist.Kind]string{blacklist.Allow: "refused", blacklist.Block: "blocked"} {
		operators := blocked(t)
		operators.Kind, operators.Author = kind, "alice"
		d := &desk{}
		d.edited = func(context.Context) (bool, bool, error) {
			d.entries, d.edited = []blacklist.Entry{operators}, nil
			return false, false, nil
		}
		if _, result := d.dial(t, t.Context(), star.BlockLast); result != want {
			t.Errorf("%s: %s, want %s", kind, result, want)
		}
		if diff := cmp.Diff("alice", d.entries[0].Author); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", kind, diff)
		}
	}
}

// Ensure a list that does not answer is given up in time, and an agent who
// hangs up at once is served.
func TestServe_Time(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{asked: func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}}
		began := time.Now()
		if _, result := d.dial(t, t.Context(), star.BlockLast); result != "failed" {
			t.Errorf("a silent list: %s", result)
		}
		if took := time.Since(began); took != star.Deadline {
			t.Errorf("given up after %s, want %s", took, star.Deadline)
		}
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		d.asked = func(ctx context.Context) error { return ctx.Err() }
		if _, result := d.dial(t, gone, star.BlockLast); result != "blocked" {
			t.Errorf("an agent who hangs up at once: %s", result)
		}
	})
}

// Ensure a request that was abandoned is reported and counted, and nothing else.
func TestFallback(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	var log bytes.Buffer
	service := star.Service{Config: star.Config{Metrics: star.NewMetrics(registry), Log: slog.New(slog.NewTextHandler(&log, nil))}}
	service.Fallback(t.Context(), star.Request{Channel: "1.5", Action: star.BlockLast}, "overflow")
	const want = `
# HELP ringfence_star_requests_total Star codes dialled, by request (block-last, remove-last, unknown) and result: blocked, removed, withheld, not-permitted, no-caller, refused, not-listed, unknown, failed.
# TYPE ringfence_star_requests_total counter
ringfence_star_requests_total{request="block-last",result="failed"} 1
`
	if err := testutil.GatherAndCompare(registry, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
	if !strings.Contains(log.String(), "overflow") || !strings.Contains(log.String(), "level=WARN") {
		t.Errorf("the log says %s", log.String())
	}
}
