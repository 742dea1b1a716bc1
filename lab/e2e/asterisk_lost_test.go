package e2e_test

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// Ensure a network that drops packets from Asterisk, or in both directions, is noticed
// although no one hangs up, that callers wait no longer than the guard, and
// that calls are screened as soon as it passes again.
func TestNetworkDropsEvents(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]lab.Direction{
		"from Asterisk": lab.ToClient,
		"to Asterisk":   lab.ToServer,
		"both ways":     lab.BothWays,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openSystem(t)
			h.run(t, "block "+pest)
			refused(t, h.call(t, pest), 603)
			h.ari.Hold(way)
			wellTreated(t, h.crowd(t, 10, 50*time.Millisecond))
			h.waitLog(t, "the connection to Asterisk was lost")
			h.wantHealth(t, 503, "down", "asterisk")
			h.unscreened(t)
			if lost := h.metric(t, `ringfence_ari_reconnects_total{cause="silent"}`); lost != 1 {
				t.Errorf("%v silent sockets are counted, want 1", lost)
			}
			if h.metric(t, "ringfence_ari_connected") != 0 {
				t.Error("the metrics say that Asterisk is connected")
			}
			h.heal(t, h.ari)
			h.screenedAgain(t)
			h.waitLog(t, "the dialplan continued calls unscreened")
			h.eachOnce(t)
		})
	}
}

// Ensure calls that came while the event socket was dead are decided once
// there is another. The guard is put off: else it would be faster.
func TestConnectionIsCutWithCallsWaiting(t *testing.T) {
	t.Parallel()
	h := openSystem(t, patient)
	h.run(t, "block "+pest)
	refused(t, h.call(t, pest), 603)
	h.ari.Hold(lab.ToClient)
	outcomes := h.crowd(t, 10, 0)
	h.inStasis(t, 10)
	h.ari.Cut()
	h.heal(t, h.ari)
	decided(t, outcomes, 5)
	h.eachOnce(t)
}

// Ensure a lost connection while calls are being decided affects none of them: each gets its
// verdict over the next connection, or continues.
func TestConnectionIsCutUnderLoad(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	outcomes := h.crowd(t, 100, 20*time.Millisecond)
	for _, screened := range []int{10, 40} {
		eventually(t, "calls are screened", func() bool { return h.service.Output().Count(`"call screened"`) >= screened })
		h.ari.Cut()
	}
	if refusals := wellTreated(t, outcomes); refusals < 10 {
		t.Errorf("%d listed callers were refused", refusals)
	}
	h.screenedAgain(t)
	h.eachOnce(t)
}

// Ensure a frozen Asterisk is noticed, that it does no caller who is not listed
// any harm when it thaws, and that calls are screened again.
func TestAsteriskIsFrozen(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	refused(t, h.call(t, pest), 603)
	if err := h.asterisk.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	outcomes := h.crowd(t, 10, 0)
	h.waitLog(t, "not connected to Asterisk: no calls are served")
	h.wantHealth(t, 503, "down", "asterisk")
	if err := h.asterisk.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for o := range outcomes {
		switch {
		case o.err != nil:
			t.Errorf("the call from %s was lost: %v", o.from, o.err)
		case o.from == pest && o.result.Code == 603:
		case !o.result.Answered():
			t.Errorf("the caller %s got %d %s", o.from, o.result.Code, o.result.Phrase)
		}
	}
	h.screenedAgain(t)
	h.eachOnce(t)
}

// Ensure calls are screened over a slow connection to Asterisk, only later.
func TestNetworkIsSlow(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	h.ari.Delay(lab.BothWays, 150*time.Millisecond)
	for range 5 {
		result := h.call(t, pest)
		refused(t, result, 603)
		waited(t, result, 300*time.Millisecond, lawful)
	}
	h.wantHealth(t, 200, "ready", "registered")
	if lost := h.service.Output().Count("the connection to Asterisk was lost"); lost != 0 {
		t.Errorf("the slow connection was given up %d times", lost)
	}
}

// Ensure a caller who hangs up before the verdict is recorded as such, that
// nothing is left of the call, and that the breaker does not count it as a
// failure of Redis.
func TestCallerHangsUpDuringTheDecision(t *testing.T) {
	t.Parallel()
	const deadline = 1200 * time.Millisecond
	h := openSystem(t, func(a *lab.AsteriskOptions, s *lab.ServiceOptions) {
		patient(a, s)
		s.Env = []string{"RINGFENCE_DEADLINE=" + deadline.String()}
	})
	h.run(t, "block "+pest)
	h.store.Hold(lab.BothWays)
	// On a machine that is busy, the deadline may come before the hang-up: that
	// call counts as a failure, and another takes its place.
	inTime, placed, late := map[string]bool{}, 0, 0
	for len(inTime) < 3 {
		result := h.place(t, lab.Call{To: switchboard, From: pest, CancelAfter: 150 * time.Millisecond})
		switch placed++; {
		case result.After > deadline*2/3:
			if late++; late > 10 {
				t.Fatalf("of %d calls, %d ended too late", placed, late)
			}
		case !result.Cancelled || result.Code != 487:
			t.Fatalf("the caller got %d %s after %s, want to have cancelled", result.Code, result.Phrase, result.After)
		default:
			inTime[result.CallID] = true
		}
	}
	h.noChannels(t)
	eventually(t, "the calls are done with", func() bool {
		return h.service.Output().Count(`"call screened"`) == placed && h.metric(t, "ringfence_active_calls") == 0
	})
	h.heal(t, h.store)
	for _, record := range h.records(t, placed) {
		if inTime[record.SIPCallID] && (record.Verdict != "abandoned" || record.Action != "" || record.Text != "") {
			t.Errorf("record = %+v, want an abandoned call", record)
		}
	}
	if late == 0 {
		refused(t, h.call(t, pest), 603)
	}
	h.screenedAgain(t)
	h.eachOnce(t)
}

// Ensure a verdict that comes after the guard does not affect a call that has
// gone on, and that the call is on record all the same: Ringfence hears of its
// beginning and of its end at once.
func TestVerdictComesAfterTheGuard(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	if err := h.service.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	const count = 5
	talking := make(chan outcome, count)
	for range count {
		go func() {
			result, err := h.caller.Call(t.Context(), lab.Call{To: switchboard, From: pest, Hold: 4 * time.Second})
			talking <- outcome{pest, result, err}
		}()
	}
	eventually(t, "the guard has continued the calls", func() bool {
		return strings.Count(h.console(t, "core show channels concise"), "!Queue!") == count
	})
	if err := h.service.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	for range count {
		late := <-talking
		if late.err != nil {
			t.Fatal(late.err)
		}
		answered(t, late.result)
		if late.result.HungUp || late.result.Talked < 2*time.Second {
			t.Errorf("the late verdict cut the call off after %s", late.result.Talked)
		}
	}
	for _, record := range h.records(t, count) {
		if record.Verdict != "passed" || record.Degraded != "the dialplan's guard continued the call before the decision" {
			t.Errorf("record = %+v, want one that names the guard", record)
		}
	}
	h.eachOnce(t)
}
