package e2e_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// berlin is the zone of the system's working time.
var berlin = func() *time.Location {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		panic(err)
	}
	return zone
}()

// at moves the clock to a time of Wednesday, 25 November 2026, in Berlin.
func (h *system) at(t *testing.T, clock string) {
	t.Helper()
	moment, err := time.ParseInLocation(time.DateTime, "2026-11-25 "+clock, berlin)
	if err != nil {
		t.Fatal(err)
	}
	h.moveClock(t, moment)
}

// types types a command whose arguments hold blanks.
func (h *system) types(t *testing.T, words ...string) string {
	t.Helper()
	answer, err := h.service.Run(t.Context(), words...)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Code != 0 {
		t.Fatalf("ringfence %s: exit code %d\n%s%s", strings.Join(words, " "), answer.Code, answer.Out, answer.Err)
	}
	return answer.Out
}

// The working day ends at seven. A caller calls five times within five
// minutes: the fifth call is refused, and the number is on the list until
// someone takes it off.
func TestRepeatCaller(t *testing.T) {
	t.Parallel()
	events := filepath.Join(t.TempDir(), "events")
	h := newSystem(t, withMovedClock(t))
	h.at(t, "18:58:00")
	h.serve(t, "--notify-command", "tee -a "+events)
	h.screening(t)
	h.types(t, "hours", "set", switchboard, "mon-fri 09:00-19:00; zone Europe/Berlin")
	h.run(t, "settings set repeat=on")

	for _, clock := range []string{"18:58:00", "18:59:59", "19:00:01", "19:01:00", "19:02:00", "19:03:00"} {
		h.at(t, clock)
		answered(t, h.call(t, pest))
	}
	if got := h.run(t, "list"); strings.Contains(got, pest) {
		t.Errorf("on the list before the fifth call outside working time:\n%s", got)
	}
	h.at(t, "19:04:59")
	answered(t, h.call(t, stranger))
	result := h.call(t, "030666200")
	refused(t, result, 603)
	if len(result.Provisionals) > 1 || result.Early() {
		t.Errorf("a refused caller should hear nothing, got %+v", result.Provisionals)
	}
	if cdr := h.cdr(t, "030666200"); cdr.Field != blockedText {
		t.Errorf("Asterisk's record says %q", cdr.Field)
	}
	fifth := h.records(t, 8)[7]
	if fifth.Caller != pest || fifth.Verdict != "refused" || fifth.Check != "repeat" || fifth.Entry != (entryID{pest, "block"}) || fifth.Text != blockedText {
		t.Errorf("record = %+v", fifth)
	}

	eventually(t, "the number is on the list", func() bool {
		return strings.Contains(h.run(t, "list --source repeat"), "5 calls in 5m outside working time")
	})
	eventually(t, "the audit log has it", func() bool {
		return strings.Contains(h.run(t, "audit --via rule"), "5 calls in 5m outside working time")
	})
	if got := h.metrics(t); !strings.Contains(got, "ringfence_repeat_listings_total 1\n") {
		t.Error("the listing is not counted as one")
	}
	h.waitLog(t, "caller listed by a rate rule")
	eventually(t, "the command gets the event", func() bool {
		text, err := os.ReadFile(events)
		return err == nil && strings.Contains(string(text), "5 calls in 5m outside working time")
	})

	// The next morning the number is still on the list.
	h.at(t, "23:30:00")
	refused(t, h.call(t, pest), 603)
	h.run(t, "remove "+pest)
	answered(t, h.call(t, pest))
	if text, err := os.ReadFile(events); err != nil || strings.Count(string(text), `"caller":"`+pest) != 1 {
		t.Errorf("the command got %q, %v; want one event", text, err)
	}
}

// Ensure a change of the working time takes effect with the next call, and that
// the dialplan learns whether the number works.
func TestWorkingTimeChanges(t *testing.T) {
	t.Parallel()
	h := newSystem(t, withMovedClock(t))
	h.at(t, "19:30:00")
	h.serve(t)
	h.screening(t)
	evening := lab.Call{To: "200", From: stranger}
	answered(t, h.place(t, evening))
	h.types(t, "hours", "set", "200", "mon-fri 09:00-19:00; zone Europe/Berlin")
	refused(t, h.place(t, evening), 480)
	h.types(t, "hours", "set", "default", "mon-fri 09:00-20:00; zone Europe/Berlin")
	refused(t, h.place(t, evening), 480)
	h.run(t, "hours remove 200")
	answered(t, h.place(t, evening))

	// In the middle of a window: the calls before count no more than they did.
	h.run(t, "settings set repeat=on")
	for range 4 {
		answered(t, h.place(t, evening))
	}
	h.types(t, "hours", "set", "default", "mon-fri 09:00-19:00; zone Europe/Berlin")
	for range 4 {
		refused(t, h.place(t, evening), 480)
	}
	h.types(t, "hours", "set", "default", "mon-fri 09:00-20:00; zone Europe/Berlin")
	answered(t, h.place(t, evening))
	h.types(t, "hours", "set", "default", "mon-fri 09:00-19:00; zone Europe/Berlin")
	refused(t, h.place(t, evening), 603)
}

// neighbour is a second Asterisk with a Ringfence of its own, on the same list.
func (h *system) neighbour(t *testing.T) *system {
	t.Helper()
	n := newSystemOn(t, h.redis, func(_ *lab.AsteriskOptions, service *lab.ServiceOptions) {
		service.Env = append(service.Env, "RINGFENCE_INSTANCE=neighbour")
	})
	n.serve(t)
	n.screening(t)
	return n
}

// Ensure that of fifty calls at once, at two Ringfences on two Asterisks, four
// continue, and that the caller is listed and reported once.
func TestFiftyRepeatCallsAtOnce(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	n := h.neighbour(t)
	h.types(t, "settings", "set", "repeat=5 in 5m always")
	var mu sync.Mutex
	codes := make(map[int]int)
	var calling sync.WaitGroup
	for i := range 50 {
		at := h
		if i%2 == 1 {
			at = n
		}
		calling.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			result, err := at.caller.Call(ctx, lab.Call{To: switchboard, From: pest, Hold: 10 * time.Millisecond})
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			codes[result.Code]++
		})
	}
	calling.Wait()
	if codes[200] != 4 || codes[603] != 46 {
		t.Errorf("the callers got %v, want 4 in the queue and 46 declined", codes)
	}
	eventually(t, "the number is on the list", func() bool { return strings.Contains(h.run(t, "list --source repeat"), pest) })
	listings := 0
	for _, record := range h.records(t, 50) {
		if record.Check == "repeat" {
			listings++
		}
	}
	if listings != 1 {
		t.Errorf("%d calls were refused by the rule itself, want 1", listings)
	}
	if got := strings.Count(h.run(t, "audit --via rule --output csv"), pest); got != 1 {
		t.Errorf("the audit log has the listing %d times, want once", got)
	}
}

// Ensure callers who must not be listed are not, even if they call often.
func TestRepeatCallersWhoAreNotCounted(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.types(t, "settings", "set", "repeat=2 in 5m always", "own=+4930231250")
	h.run(t, "allow "+pest)
	h.run(t, "allow +4930777*")
	for range 3 {
		for _, caller := range []string{pest, "+4930777300", "+4930231250", "112", "101"} {
			answered(t, h.call(t, caller))
		}
		answered(t, h.place(t, lab.Call{To: switchboard, From: "anonymous", Asserted: "<sip:+4930556600@carrier.example>", Privacy: "id"}))
	}
	if got := h.run(t, "list --source repeat --output json"); !strings.Contains(got, noEntries) {
		t.Errorf("on the list: %s", got)
	}
}
