package ari_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

// Calls that wait at the time of a connect are served like any other.
func TestWaitingCallsAreServed(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	calls := make(chan ari.Call, 3)
	a.Park(aritest.Channel{
		ID: "c1", SIPCallID: "p1", Number: "+4930", Name: "Eve", Variables: map[string]string{"RINGFENCE_CALL": "100,%2B4930,,,x"},
	})
	a.Park(aritest.Channel{ID: "bare"})
	serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		calls <- call
		return s.Continue(ctx, call.ID, decline)
	})
	if move := a.WaitContinued("c1"); move.Extension != "decline" {
		t.Errorf("c1 went to %+v", move)
	}
	if move := a.WaitContinued("bare"); move.Extension != "fallback" {
		t.Errorf("the call that nothing is known about went to %+v", move)
	}
	want := ari.Call{
		ID: "c1", Channel: "PJSIP/c1", SIPCallID: "p1", Number: "+4930", Name: "Eve", Args: []string{"100", "%2B4930", "", "", "x"}, Waiting: true,
	}
	if diff := cmp.Diff(want, receive(t, calls), cmpopts.IgnoreFields(ari.Call{}, "Arrived")); diff != "" {
		t.Error(diff)
	}
	if a.Requests()["channels"] != 0 {
		t.Error("the list of all channels was asked for")
	}
}

// A channel whose text is not UTF-8 can hardly be read. It does not stay.
func TestUnreadableWaitingCallGoesOn(t *testing.T) {
	t.Parallel()
	for _, status := range []int{404, 500} {
		a := aritest.New(t)
		a.Park(aritest.Channel{ID: "c1"})
		a.Fault(func(f *aritest.Faults) { f.Refuse = map[string]int{"variable": status} })
		r := serve(t, quick(a), allowAll)
		if move := a.WaitContinued("c1"); move.Extension != "fallback" {
			t.Errorf("went to %+v", move)
		}
		r.eventually("it to be counted", func() bool { return r.metric("ringfence_ari_fallbacks_total", "unreadable") == 1 })
	}
}

// While the connection was away, one call came and one left.
func TestReconnectCatchesUp(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	gone := make(chan error, 1)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		if call.ID == "left" {
			<-ctx.Done()
			gone <- context.Cause(ctx)
			return nil
		}
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "left"})
	r.eventually("the call in progress", func() bool { return r.Status().Calls == 1 })
	a.HangupUnheard("left")
	a.Park(aritest.Channel{ID: "came", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	a.Drop()
	a.WaitContinued("came")
	if err := receive(t, gone); !errors.Is(err, ari.ErrGone) {
		t.Errorf("the context of the call that left ended by %v", err)
	}
}

// A sweep that fails is done again.
func TestSweepIsRetried(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.waitState(ari.Registered)
	a.Fault(func(f *aritest.Faults) { f.Refuse = map[string]int{"ringfence": 500} })
	a.Park(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	a.Send(`{"type":"StasisStart"}`)
	beats := a.Requests()["heartbeat"]
	a.WaitRequests("heartbeat", beats+3)
	a.Fault(func(f *aritest.Faults) { f.Refuse = nil })
	a.WaitContinued("c1")
	if a.Sockets() != 1 {
		t.Error("it has reconnected")
	}
}

func TestPlayback(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		end  func(*aritest.Asterisk, string)
		want error
	}{
		{"played", func(a *aritest.Asterisk, id string) { a.FinishPlayback(id, "done") }, nil},
		{"no such sound", func(a *aritest.Asterisk, id string) { a.FinishPlayback(id, "failed") }, ari.ErrPlaybackFailed},
		{"caller hangs up", func(a *aritest.Asterisk, _ string) { a.Hangup("c1") }, ari.ErrGone},
		{"ended unannounced", func(a *aritest.Asterisk, id string) {
			a.Fault(func(f *aritest.Faults) { f.Mute = true })
			a.FinishPlayback(id, "done")
			a.Drop()
			a.Fault(func(f *aritest.Faults) { f.Mute = false })
		}, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := aritest.New(t)
			_, p := playing(t, a, "sound:a")
			test.end(a, p.ID)
			if err := p.Wait(soon(t)); !errors.Is(err, test.want) {
				t.Errorf("Wait: %v, want %v", err, test.want)
			}
		})
	}
}

func TestPlaybackStops(t *testing.T) {
	t.Parallel()
	for _, media := range [][]string{{"tone:busy"}, {"sound:a", "tone:busy", "sound:b"}} {
		a := aritest.New(t)
		_, p := playing(t, a, media...)
		if err := p.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(soon(t)); err != nil {
			t.Errorf("Wait: %v", err)
		}
		if err := p.Stop(t.Context()); err != nil {
			t.Errorf("a second Stop: %v", err)
		}
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	_, p := playing(t, a, "tone:busy")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if err := p.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait: %v", err)
	}
}

// playing has something play to call c1.
func playing(t *testing.T, a *aritest.Asterisk, media ...string) (*running, *ari.Playback) {
	t.Helper()
	playbacks := make(chan *ari.Playback, 1)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		p, err := s.Play(ctx, call.ID, media...)
		if err != nil {
			return err
		}
		playbacks <- p
		_ = p.Wait(context.WithoutCancel(ctx))
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	select {
	case p := <-playbacks:
		return r, p
	case <-time.After(30 * time.Second):
		t.Fatal("nothing plays")
		return nil, nil
	}
}

func TestRequestsAboutACall(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	s, err := ari.New(quick(a))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	odd := "a/b?c#d %41"
	a.Park(aritest.Channel{ID: odd, Variables: map[string]string{"X": "1", "A B&x=1#frag": "2"}})
	for name, want := range map[string]string{"X": "1", "A B&x=1#frag": "2"} {
		if value, set, err := s.Variable(ctx, odd, name); value != want || !set || err != nil {
			t.Errorf("Variable(%s): %q, %v, %v", name, value, set, err)
		}
	}
	if value, set, err := s.Variable(ctx, odd, "NONE"); value != "" || set || err != nil {
		t.Errorf("Variable that is not set: %q, %v, %v", value, set, err)
	}
	if err := s.SetVariable(ctx, odd, "TIMEOUT(absolute)", "20"); err != nil {
		t.Error(err)
	}
	if value, _, _ := s.Variable(ctx, odd, "TIMEOUT(absolute)"); value != "20" {
		t.Errorf("after SetVariable: %q", value)
	}
	if _, set, err := s.GlobalVariable(ctx, "NONE"); set || err != nil {
		t.Errorf("GlobalVariable: %v, %v", set, err)
	}
	if err := s.Answer(ctx, odd); err != nil {
		t.Error(err)
	}
	_, _, variableErr := s.Variable(ctx, "none", "X")
	_, playErr := s.Play(ctx, "none", "sound:a")
	gone := []error{
		variableErr, playErr, s.SetVariable(ctx, "none", "X", "1"), s.Answer(ctx, "none"), s.Continue(ctx, "none", allow),
	}
	if i := slices.IndexFunc(gone, func(err error) bool { return !errors.Is(err, ari.ErrGone) }); i >= 0 {
		t.Errorf("request %d about no call: %v, want ErrGone", i, gone[i])
	}
}

// Many requests share few connections.
func TestConnectionsAreFew(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.RequestTimeout, cfg.Tune().HeartbeatTimeout = 20*time.Second, 20*time.Second
	r := serve(t, cfg, allowAll)
	r.waitState(ari.Registered)
	for i := range 500 {
		a.Enter(aritest.Channel{ID: string(rune('A' + i))})
	}
	a.WaitEmpty()
	if n := a.Connections(); n > 16+4+1 {
		t.Errorf("%d connections, want at most 21", n)
	}
}

// Ensure a call that never has an event is served while its caller still waits.
func TestUnheardCall(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.Tune().CheckEvery = 50 * time.Millisecond
	r := serve(t, cfg, allowAll)
	r.waitState(ari.Registered)
	a.WaitRequests("ringfence", 5)
	a.Park(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	if move := a.WaitContinued("c1"); move.Extension != "allow" {
		t.Errorf("continued to %+v", move)
	}
}
