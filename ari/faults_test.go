package ari_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

// What is wrong at the start is said once, retried, and heals by itself.
func TestHealsWithoutARestart(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault func(*aritest.Faults)
		state ari.State
	}{
		{"wrong password", func(f *aritest.Faults) { f.Status = 401 }, ari.Unauthorized},
		{"read-only user", func(f *aritest.Faults) { f.Refuse = map[string]int{"eventFilter": 403} }, ari.Unauthorized},
		{"wrong port", func(f *aritest.Faults) { f.HTML = true }, ari.NotARI},
		{"booting", func(f *aritest.Faults) { f.Status = 503 }, ari.Booting},
		{"frozen", func(f *aritest.Faults) { f.Frozen = true }, ari.Unreachable},
		{"socket refused", func(f *aritest.Faults) { f.Refuse = map[string]int{"events": 503} }, ari.Booting},
		{"internal error", func(f *aritest.Faults) { f.Refuse = map[string]int{"heartbeat": 500} }, ari.Connecting},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := aritest.New(t)
			a.Fault(test.fault)
			cfg := quick(a)
			cfg.RequestTimeout = 100 * time.Millisecond
			r := serve(t, cfg, allowAll)
			r.eventually("the problem", func() bool { return r.Status().Problem != nil })
			if status := r.Status(); status.State != test.state {
				t.Errorf("state %s, want %s: %v", status.State, test.state, status.Problem)
			}
			tries := requests(a)
			r.eventually("three more tries", func() bool { return requests(a) >= tries+3 })
			if n := r.log.count("level=WARN"); n != 1 {
				t.Errorf("%d warnings, want one", n)
			}
			if r.metric("ringfence_ari_connected", "") != 0 {
				t.Error("says connected")
			}
			before := r.Alive()
			r.eventually("progress", func() bool { return r.Alive().After(before) })

			a.Fault(func(f *aritest.Faults) { *f = aritest.Faults{} })
			r.waitState(ari.Registered)
			a.Enter(aritest.Channel{ID: "c1"})
			a.WaitContinued("c1")
			if r.Status().Problem != nil {
				t.Errorf("a problem is left over: %v", r.Status().Problem)
			}
		})
	}
}

func requests(a *aritest.Asterisk) (sum int) {
	for _, n := range a.Requests() {
		sum += n
	}
	return sum
}

// Ready is said only when an event has made its way.
func TestNotRegisteredBeforeTheFirstHeartbeat(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	a.Fault(func(f *aritest.Faults) { f.NoHeartbeat = true })
	r := serve(t, quick(a), allowAll)
	a.WaitRegistered()
	for sockets := 1; a.Sockets() < 3; sockets++ {
		// One of this session, but an earlier one.
		for _, kind := range a.Filter() {
			a.Send(`{"type":"ChannelUserevent","eventname":"` + kind + `-0"}`)
		}
		a.WaitSockets(sockets + 1)
		a.WaitRegistered()
	}
	if r.log.count(`msg="connected`) != 0 || r.Status().State == ari.Registered {
		t.Error("registered without a heartbeat")
	}
	a.Enter(aritest.Channel{ID: "c1"}) // is served all the same
	a.WaitContinued("c1")
	a.Fault(func(f *aritest.Faults) { f.NoHeartbeat = false })
	r.waitState(ari.Registered)
}

// Every way in which the event path may die under a session at work.
func TestDeadEventPathIsFoundAndHealed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cause string
		fault func(*aritest.Asterisk)
		heal  func(*aritest.Faults)
	}{
		{"socket broken off", "closed", (*aritest.Asterisk).Drop, nil},
		{"registration lost", "unregistered", (*aritest.Asterisk).Unregister, nil},
		{"black hole", "silent", func(a *aritest.Asterisk) {
			a.Fault(func(f *aritest.Faults) { f.Mute = true })
		}, func(f *aritest.Faults) { f.Mute = false }},
		{"no heartbeat", "silent", func(a *aritest.Asterisk) {
			a.Fault(func(f *aritest.Faults) { f.NoHeartbeat = true })
		}, func(f *aritest.Faults) { f.NoHeartbeat = false }},
		{"requests unanswered", "silent", func(a *aritest.Asterisk) {
			a.Fault(func(f *aritest.Faults) { f.Frozen = true })
		}, func(f *aritest.Faults) { f.Frozen = false }},
		{"requests slow", "silent", func(a *aritest.Asterisk) {
			a.Fault(func(f *aritest.Faults) { f.Slow = map[string]time.Duration{"heartbeat": time.Second} })
		}, func(f *aritest.Faults) { f.Slow = nil }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := aritest.New(t)
			r := serve(t, quick(a), allowAll)
			r.waitState(ari.Registered)
			began := time.Now()
			test.fault(a)
			r.eventually("the loss to be counted", func() bool { return r.metric("ringfence_ari_reconnects_total", test.cause) > 0 })
			// Heartbeat interval and timeout, and room for a busy machine.
			if took := time.Since(began); took > 2*time.Second {
				t.Errorf("found after %v", took)
			}
			if test.heal != nil {
				a.Fault(test.heal)
			}
			r.eventually("it to heal", func() bool { return r.log.count(`msg="connected`) >= 2 })
			a.Enter(aritest.Channel{ID: "c1"})
			a.WaitContinued("c1")
		})
	}
}

func TestOddEventsAreCountedAndPassedOver(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.waitState(ari.Registered)
	frames := []string{
		`{"type":"CallBroadcast","channel":{"id":"x"}}`,
		`{"type":"ApplicationRegistered"}`,
		`{"type":"NoSuchEvent","channel":7}`,
		`{"type":"ChannelVarset"}`,
		`{"type":"StasisStart"}`,
		`{"type":"StasisStart","channel":null,"args":null}`,
		`{"type":"StasisStart","timestamp":"yesterday","channel":{"id":""}}`,
		`{"type":"StasisEnd","channel":{}}`,
		`{"type":"PlaybackFinished"}`,
		`{"type":"ChannelUserevent"}`,
		`{}`, `[]`, `null`, `7`, ``, `not JSON`, `{"type":`, "\xff\xfe", `{"type":7}`,
		strings.Repeat("[", 100_000),
	}
	for _, frame := range frames {
		a.Send(frame)
	}
	// A sweep for the calls that those may have been may find it first.
	a.Enter(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	a.WaitContinued("c1")
	if n := a.Sockets(); n != 1 {
		t.Errorf("%d event sockets, want the first still", n)
	}
	r.eventually("14 other events", func() bool { return r.metric("ringfence_ari_events_total", "other") == 14 })
	if n := r.metric("ringfence_ari_events_rejected_total", "not_an_event"); n != 10 {
		t.Errorf("%v not an event, want 10", n)
	}
	if n := r.metric("ringfence_ari_events_rejected_total", "half_filled"); n != 5 {
		t.Errorf("%v half filled, want 5", n)
	}
	if n := r.log.count("level=WARN"); n != 1 {
		t.Errorf("%d warnings, want one", n)
	}
}

// A time stamp in a new format makes the library give up on an event. The call
// in it is served.
func TestOddFieldDoesNotLoseTheCall(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	calls := make(chan ari.Call, 1)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		calls <- call
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)
	a.Park(aritest.Channel{ID: "c1"})
	a.Send(`{"type":"StasisStart","timestamp":"2026-11-23T16:03:37Z","application":"ringfence","args":["100","abc"],` +
		`"channel":{"id":"c1","protocol_id":"p1","caller":{"number":"+4930","name":"Eve"}}}`)
	a.WaitContinued("c1")
	call := receive(t, calls)
	if call.Waiting || call.SIPCallID != "p1" || call.Number != "+4930" || len(call.Args) != 2 {
		t.Errorf("served as %+v", call)
	}
}

// A StasisStart that says nothing of its channel: Asterisk is asked who waits.
func TestUnreadableCallIsLookedFor(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.Tune().HeartbeatEvery = time.Minute
	r := serve(t, cfg, allowAll)
	r.waitState(ari.Registered)
	a.Park(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	a.Send(`{"type":"StasisStart","channel":"c1"}`)
	if move := a.WaitContinued("c1"); move.Extension != "allow" {
		t.Errorf("continued to %+v", move)
	}
}

// 5,000 calls at once, against a handler that takes its time: each continues.
func TestBurst(t *testing.T) {
	t.Parallel()
	const n = 5000
	a := aritest.New(t)
	cfg := quick(a)
	cfg.Tune().Workers, cfg.Tune().Queue, cfg.Tune().MaxWait = 50, 100, time.Minute
	cfg.Tune().HeartbeatTimeout, cfg.RequestTimeout = 20*time.Second, 20*time.Second
	r := serve(t, cfg, func(ctx context.Context, s *ari.Session, call ari.Call) error {
		select {
		case <-time.After(2 * time.Millisecond):
		case <-ctx.Done():
		}
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	for i := range n {
		a.Enter(aritest.Channel{ID: fmt.Sprint("c", i), Args: []string{"100"}})
	}
	a.WaitEmpty()
	to := map[string]int{}
	for _, move := range a.Moves() {
		to[move.Extension]++
	}
	if to["fallback"]+to["decline"] != n || to["decline"] == 0 {
		t.Errorf("calls went to %v", to)
	}
	r.eventually("the overflow to be counted", func() bool {
		return r.metric("ringfence_ari_fallbacks_total", "overflow") == float64(to["fallback"])
	})
	if a.Sockets() != 1 {
		t.Errorf("%d event sockets, want the first still", a.Sockets())
	}
}

// A handler that never comes to an end holds up no other call.
func TestFullQueueContinuesCalls(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.Tune().Workers, cfg.Tune().Queue = 2, 2
	release := make(chan struct{})
	r := serve(t, cfg, func(ctx context.Context, s *ari.Session, call ari.Call) error {
		<-release
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	for i := range 8 {
		a.Enter(aritest.Channel{ID: fmt.Sprint("c", i)})
	}
	for i := 4; i < 8; i++ {
		if move := a.WaitContinued(fmt.Sprint("c", i)); move.Extension != "fallback" {
			t.Errorf("call %d went to %+v", i, move)
		}
	}
	// With calls in line and none getting its turn, the session is not alive.
	stuck := r.Alive()
	beats := a.Requests()["heartbeat"]
	a.WaitRequests("heartbeat", beats+15)
	if r.Alive().Sub(stuck) > 100*time.Millisecond {
		t.Error("says it is alive while every worker is stuck")
	}
	close(release)
	for i := range 4 {
		if move := a.WaitContinued(fmt.Sprint("c", i)); move.Extension != "decline" {
			t.Errorf("call %d went to %+v", i, move)
		}
	}
	r.eventually("life", func() bool { return r.Alive().After(stuck) })
}

func TestCallThatWaitedTooLongGoesOn(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.Tune().Workers, cfg.Tune().MaxWait = 1, 50*time.Millisecond
	var clock sync.Mutex
	now := time.Now()
	cfg.Now = func() time.Time {
		clock.Lock()
		defer clock.Unlock()
		return now
	}
	begun, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	r := serve(t, cfg, func(ctx context.Context, s *ari.Session, call ari.Call) error {
		once.Do(func() { close(begun) })
		<-release
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	receive(t, begun)
	a.Enter(aritest.Channel{ID: "c2"})
	r.eventually("both in progress", func() bool { return r.Status().Calls == 2 })
	clock.Lock()
	now = now.Add(time.Second)
	clock.Unlock()
	close(release)
	if move := a.WaitContinued("c2"); move.Extension != "fallback" {
		t.Errorf("went to %+v", move)
	}
	r.eventually("it to be counted", func() bool { return r.metric("ringfence_ari_fallbacks_total", "late") == 1 })
}

// A Continue to the fallback that fails at first is tried again; one that
// fails permanently is left to the dialplan's guard, and said.
func TestFallbackIsTriedAgain(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), func(context.Context, *ari.Session, ari.Call) error { return nil })
	r.waitState(ari.Registered)
	a.Fault(func(f *aritest.Faults) { f.Refuse = map[string]int{"continue": 500} })
	a.Enter(aritest.Channel{ID: "c1"})
	a.WaitRequests("continue", 2)
	a.Fault(func(f *aritest.Faults) { f.Refuse = nil })
	a.WaitContinued("c1")
	a.Fault(func(f *aritest.Faults) { f.Refuse = map[string]int{"continue": 500} })
	a.Enter(aritest.Channel{ID: "c2"})
	r.eventually("it to be said", func() bool { return r.log.count("left to the dialplan's guard") == 1 })
	a.Hangup("c2")
}
