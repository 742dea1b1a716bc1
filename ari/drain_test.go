package ari_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

// Calls in progress are finished before the socket is closed.
func TestDrainFinishesCallsInHand(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	release := make(chan struct{})
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		<-release
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	r.eventually("the call in progress", func() bool { return r.Status().Calls == 1 })
	r.stop()
	r.waitState(ari.Stopping)
	a.Enter(aritest.Channel{ID: "c2"}) // comes too late to be decided
	if move := a.WaitContinued("c2"); move.Extension != "fallback" {
		t.Errorf("the late call went to %+v", move)
	}
	close(release)
	if move := a.WaitContinued("c1"); move.Extension != "decline" {
		t.Errorf("the call in progress went to %+v", move)
	}
	r.halt()
	a.WaitGone()
	if r.Status().State != ari.Stopped || r.metric("ringfence_ari_connected", "") != 0 {
		t.Errorf("state %s", r.Status().State)
	}
}

// The context of a call that takes too long ends, and the call may still choose
// where it goes.
func TestDrainEndsLongCalls(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.DrainTimeout = 50 * time.Millisecond
	stubborn := make(chan struct{})
	r := serve(t, cfg, func(ctx context.Context, s *ari.Session, call ari.Call) error {
		switch call.ID {
		case "message":
			p, err := s.Play(ctx, call.ID, "sound:long")
			if err != nil {
				return err
			}
			if err := p.Wait(ctx); !errors.Is(err, ari.ErrStopping) {
				t.Errorf("Wait: %v, want ErrStopping", err)
			}
			return s.Continue(ctx, call.ID, decline)
		case "obedient":
			<-ctx.Done()
			return ctx.Err()
		default:
			<-stubborn
			return nil
		}
	})
	r.waitState(ari.Registered)
	for _, id := range []string{"message", "obedient", "stubborn"} {
		a.Enter(aritest.Channel{ID: id})
	}
	a.WaitPlayback("message")
	r.eventually("three calls in progress", func() bool { return r.Status().Calls == 3 })
	r.stop()
	for id, want := range map[string]string{"message": "decline", "obedient": "fallback", "stubborn": "fallback"} {
		if move := a.WaitContinued(id); move.Extension != want {
			t.Errorf("%s went to %+v, want %s", id, move, want)
		}
	}
	close(stubborn)
	r.halt()
}

// A call that enters while the socket is being closed comes without an event.
func TestDrainSweepsUp(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.waitState(ari.Registered)
	a.Park(aritest.Channel{ID: "slipped in"})
	r.halt()
	if move := a.Moves()["slipped in"]; move.Extension != "fallback" {
		t.Errorf("went to %+v", move)
	}
}

// Stopped under load, no call stays behind, whatever moment it came at.
func TestDrainUnderLoad(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		select {
		case <-time.After(time.Millisecond):
		case <-ctx.Done():
		}
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)
	entered := 0
	for i := 0; ; i++ {
		if !a.Enter(aritest.Channel{ID: fmt.Sprint("c", i)}) {
			break // no client is registered: Stasis() fails and the dialplan continues
		}
		entered++
		if i == 300 {
			r.stop()
		}
		time.Sleep(time.Millisecond) // the pace of the load, not a wait
	}
	r.halt()
	if left := a.InStasis(); len(left) != 0 {
		t.Errorf("%d calls stay behind", len(left))
	}
	if moved := len(a.Moves()); moved != entered {
		t.Errorf("%d calls entered, %d continued", entered, moved)
	}
}

func TestRunsOnce(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.halt()
	if err := r.Run(t.Context(), nil); err == nil {
		t.Error("Run a second time: no error")
	}
}
