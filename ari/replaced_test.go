package ari_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

// The one whose name was taken steps back, says so, and takes over when the
// other has left.
func TestStepsBackWhenReplaced(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.waitState(ari.Registered)
	a.TakeOver()
	r.waitState(ari.Replaced)
	polls := a.Requests()["ringfence"]
	a.WaitRequests("ringfence", polls+5)
	if n := a.Sockets(); n != 1 {
		t.Errorf("%d event sockets: it fights for the name", n)
	}
	if n := r.log.count("level=ERROR"); n != 1 || !strings.Contains(r.log.String(), "--ari-app") {
		t.Errorf("%d errors logged, want one that says what to do", n)
	}
	before := r.Alive()
	r.eventually("progress", func() bool { return r.Alive().After(before) })

	a.LeaveAgain()
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	a.WaitContinued("c1")
	if n := r.metric("ringfence_ari_reconnects_total", "replaced"); n != 1 {
		t.Errorf("counted %v times", n)
	}
}

// Two sessions of one name: the second serves, the first stands by.
func TestTwoInstances(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	first := serve(t, quick(a), allowAll)
	first.waitState(ari.Registered)
	second := serve(t, quick(a), allowAll)
	first.waitState(ari.Replaced)
	second.waitState(ari.Registered)
	if second.log.count("taking it over") != 1 {
		t.Error("the second does not say that it takes over")
	}
	a.Enter(aritest.Channel{ID: "c1"})
	a.WaitContinued("c1")
	second.halt()
	first.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c2"})
	a.WaitContinued("c2")
	if a.Sockets() != 3 {
		t.Errorf("%d event sockets, want 3", a.Sockets())
	}
}

// What a stopping instance sweeps up is its own, never its successor's.
func TestStoppingLeavesTheSuccessorsCallsAlone(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.waitState(ari.Registered)
	a.TakeOver()
	r.waitState(ari.Replaced)
	a.Park(aritest.Channel{ID: "theirs"})
	r.halt()
	if len(a.Moves()) != 0 || len(a.InStasis()) != 1 {
		t.Errorf("calls moved: %v", a.Moves())
	}
}

func TestPlaybackEndsWhenReplaced(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r, p := playing(t, a, "sound:a")
	a.TakeOver()
	if err := p.Wait(soon(t)); err == nil || errors.Is(err, ari.ErrGone) {
		t.Errorf("Wait: %v", err)
	}
	r.waitState(ari.Replaced)
}

func TestStopsWhileReplacedOrAway(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	r := serve(t, quick(a), allowAll)
	r.waitState(ari.Registered)
	a.TakeOver()
	r.waitState(ari.Replaced)
	began := time.Now()
	r.halt()

	a.Fault(func(f *aritest.Faults) { f.Status = 401 })
	cfg := quick(a)
	cfg.Tune().RetryRefused = time.Hour
	r = serve(t, cfg, allowAll)
	r.waitState(ari.Unauthorized)
	r.halt()
	if r.Status().State != ari.Stopped || time.Since(began) > 3*time.Second {
		t.Errorf("state %s after %v", r.Status().State, time.Since(began))
	}
}
