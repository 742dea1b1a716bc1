package e2e_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
)

// outcome is what one of many callers got.
type outcome struct {
	from   string
	result lab.Result
	err    error
}

// crowd places calls at the same time, a pause apart, and returns what each
// caller got. Every second caller is the pest.
func (h *system) crowd(t *testing.T, count int, pause time.Duration) <-chan outcome {
	t.Helper()
	outcomes := make(chan outcome, count)
	ctx, cancel := context.WithTimeout(t.Context(), 2*timeout)
	go func() {
		defer close(outcomes)
		defer cancel()
		var calls sync.WaitGroup
		for i := range count {
			from := pest
			if i%2 == 1 {
				from = fmt.Sprintf("+49305551%03d", i)
			}
			calls.Go(func() {
				result, err := h.caller.Call(ctx, lab.Call{To: switchboard, From: from, Deaf: true})
				outcomes <- outcome{from, result, err}
			})
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
		}
		calls.Wait()
	}()
	return outcomes
}

// wellTreated fails the test if a caller of the crowd was lost, waited longer
// than the law allows, or was refused without being listed. It returns how
// many were refused.
func wellTreated(t *testing.T, outcomes <-chan outcome) int {
	t.Helper()
	refusals := 0
	for o := range outcomes {
		switch {
		case o.err != nil:
			t.Errorf("the call from %s was lost: %v", o.from, o.err)
		case o.result.After > lawful:
			t.Errorf("the caller %s waited %s", o.from, o.result.After)
		case o.result.Code == 603 && o.from == pest:
			refusals++
		case !o.result.Answered():
			t.Errorf("the caller %s got %d %s", o.from, o.result.Code, o.result.Phrase)
		}
	}
	return refusals
}

// decided fails the test unless each caller of the crowd got a verdict within
// some seconds: the given number of listed ones refused, all others the queue.
func decided(t *testing.T, outcomes <-chan outcome, listed int) {
	t.Helper()
	refusals := 0
	for o := range outcomes {
		switch {
		case o.err != nil || o.result.After > 10*time.Second:
			t.Errorf("the caller %s: %v after %s", o.from, o.err, o.result.After)
		case o.result.Code == 603 && o.from == pest:
			refusals++
		case !o.result.Answered():
			t.Errorf("the caller %s got %d %s", o.from, o.result.Code, o.result.Phrase)
		}
	}
	if refusals != listed {
		t.Errorf("%d of %d listed callers were refused", refusals, listed)
	}
}

func TestRingfenceIsNotRunning(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.run(t, "block "+pest)
	result := h.call(t, pest)
	answered(t, result)
	waited(t, result, 0, guard/2)
	h.counts(t, "RINGFENCE_NOT_CONNECTED", "1")
}

// counts waits until a counter of the dialplan has the given value.
func (h *system) counts(t *testing.T, counter, want string) {
	t.Helper()
	eventually(t, counter+" is "+want, func() bool {
		count, err := h.asterisk.Global(t.Context(), counter)
		if err != nil {
			t.Fatal(err)
		}
		return count == want
	})
}

// Ensure calls that wait for their verdict when Ringfence dies continue by the
// dialplan's guard, and later ones at once.
func TestRingfenceIsKilledWithCallsInHand(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	h.store.Hold(lab.BothWays)
	outcomes := h.crowd(t, 20, 0)
	h.inStasis(t, 20)
	if err := h.service.Kill(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "Asterisk notices that the connection is gone", func() bool {
		return strings.Contains(h.asterisk.Log(100), "Web socket closed abruptly")
	})
	result := h.call(t, pest)
	answered(t, result)
	waited(t, result, 0, guard/2)
	if refusals := wellTreated(t, outcomes); refusals != 0 {
		t.Errorf("%d calls were refused by a Ringfence that is dead", refusals)
	}
}

// inStasis waits until the given number of calls is in Asterisk.
func (h *system) inStasis(t *testing.T, count int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := h.asterisk.WaitChannels(ctx, count); err != nil {
		t.Fatal(err)
	}
}

// Ensure a call whose message ends with Ringfence's death continues, and
// is not on record as refused.
func TestRingfenceIsKilledDuringAMessage(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "settings set message-limit=1s")
	h.run(t, "block "+pest+" --action message")
	outcomes := h.crowd(t, 1, 0)
	eventually(t, "the message plays", func() bool {
		return strings.Contains(h.metrics(t), `ringfence_ari_request_duration_seconds_count{op="play",result="ok"} 1`)
	})
	if err := h.service.Kill(); err != nil {
		t.Fatal(err)
	}
	o := <-outcomes
	if o.err != nil {
		t.Fatal(o.err)
	}
	answered(t, o.result)
	waited(t, o.result, 2*time.Second, 5*time.Second)
	if cdr := h.cdr(t, pest); cdr.Field != "" {
		t.Errorf("Asterisk's record of a call that continued says %q", cdr.Field)
	}
}

// Ensure calls that wait in Stasis when Ringfence comes back are decided. The
// guard is put off, so that they still wait by then.
func TestRingfenceIsRestartedWithCallsInHand(t *testing.T) {
	t.Parallel()
	patient := strings.Replace(asteriskconf.Dialplan(), "TIMEOUT(absolute)=1.5", "TIMEOUT(absolute)=15", 1)
	h := openSystem(t, func(a *lab.AsteriskOptions, _ *lab.ServiceOptions) {
		a.Files = map[string]string{asteriskconf.DialplanFile: patient}
	})
	h.run(t, "block "+pest)
	if err := h.service.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	outcomes := h.crowd(t, 10, 0)
	h.inStasis(t, 10)
	if err := h.service.Kill(); err != nil {
		t.Fatal(err)
	}
	h.serve(t)
	decided(t, outcomes, 5)
}

// Ensure a frozen Ringfence delays callers at most for the guard's time, and
// does no harm with what it says when it thaws.
func TestRingfenceIsFrozen(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	refused(t, h.call(t, pest), 603)
	if err := h.service.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	answered(t, h.call(t, pest)) // and is over before Ringfence thaws
	talking := make(chan outcome, 1)
	go func() {
		result, err := h.caller.Call(t.Context(), lab.Call{To: switchboard, From: pest, Hold: 3 * time.Second})
		talking <- outcome{pest, result, err}
	}()
	h.counts(t, "RINGFENCE_GUARD_FIRED", "2")
	if err := h.service.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	late := <-talking
	if late.err != nil {
		t.Fatal(late.err)
	}
	answered(t, late.result)
	waited(t, late.result, guard-100*time.Millisecond, lawful)
	if late.result.HungUp {
		t.Errorf("the late verdict cut the call off after %s", late.result.Talked)
	}
	for _, r := range h.records(t, 3)[1:] {
		if r.Verdict != "passed" || !strings.Contains(r.Degraded, "guard") {
			t.Errorf("record of a call that the guard continued: %+v", r)
		}
	}
	eventually(t, "Ringfence screens again", func() bool { return h.call(t, pest).Code == 603 })
}

// Ensure no call waits for a log that nobody reads, that what was dropped is
// counted and reported, and that each call is on record.
func TestNobodyReadsTheLog(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	// A long reason fills the log sooner.
	h.run(t, "block "+pest+" --reason "+strings.Repeat("x", 400))
	log := h.service.Output()
	log.Hold()
	t.Cleanup(log.Pass)
	const dropped, count = "ringfence_log_lines_dropped_total", 200
	calls := 0
	round := func() {
		t.Helper()
		if refusals := wellTreated(t, h.crowd(t, count, 2*time.Millisecond)); refusals != count/2 {
			t.Fatalf("%d of %d listed callers were refused after %d calls", refusals, count/2, calls)
		}
		calls += count
	}
	for h.metric(t, dropped) == 0 {
		round()
		if calls > 100*count {
			t.Fatalf("no line was dropped in %d calls", calls)
		}
	}
	round()
	h.wantHealth(t, 200, "ready", "registered")
	t.Logf("%v lines dropped of %d calls", h.metric(t, dropped), calls)
	log.Pass()
	h.waitLog(t, "lines of the log were dropped")
	refused(t, h.call(t, pest), 603)
	if got := len(h.records(t, calls+1)); got != calls+1 {
		t.Errorf("%d records of %d calls", got, calls+1)
	}
	if unscreened := h.wentOn(t); unscreened != 0 {
		t.Errorf("%d calls continued unscreened", unscreened)
	}
}

// Ensure a stop finishes the calls in progress: none is lost, and the program
// says so with exit code 0.
func TestRingfenceIsStoppedUnderLoad(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	outcomes := h.crowd(t, 200, 10*time.Millisecond)
	eventually(t, "some calls are screened", func() bool { return h.service.Output().Count(`"call screened"`) >= 30 })
	if err := h.service.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if code, err := h.service.Wait(ctx); code != 0 || err != nil {
		t.Errorf("the stop ended with exit code %d, %v", code, err)
	}
	refusals := wellTreated(t, outcomes)
	screened := h.service.Output().Count(`"call screened"`)
	records := h.records(t, screened)
	if len(records) != screened || refusals == 0 {
		t.Errorf("%d records of %d screened calls, %d refused", len(records), screened, refusals)
	}
}

// Ensure a second instance with the same app name takes over in one step,
// and hands back when it leaves.
func TestSecondInstanceWithTheSameName(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	first := *h

	second, err := lab.NewService(h.service.Options())
	if err != nil {
		t.Fatal(err)
	}
	h.service = second
	h.serve(t)
	h.screening(t)
	first.waitLog(t, "another")
	for range 5 {
		refused(t, h.call(t, pest), 603)
	}
	eventually(t, "the second instance has screened them", func() bool {
		return h.service.Output().Count(`"call screened"`) == 5
	})

	if err := h.service.Stop(timeout); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the first instance screens again", func() bool {
		result := h.call(t, pest)
		waited(t, result, 0, lawful)
		return result.Code == 603
	})
	first.screening(t)
}
