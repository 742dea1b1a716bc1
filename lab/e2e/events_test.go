package e2e_test

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

const (
	otherEvents = `ringfence_ari_events_total{type="other"}`
	userEvents  = `ringfence_ari_events_total{type="ChannelUserevent"}`
)

// wentOn counts the calls that continued unscreened.
func (h *system) wentOn(t *testing.T) int {
	t.Helper()
	count := h.global(t, "RINGFENCE_GUARD_FIRED")
	for _, cause := range []string{"overflow", "late", "error", "panic", "no_verdict", "unreadable", "draining"} {
		count += int(h.metric(t, `ringfence_ari_fallbacks_total{cause="`+cause+`"}`))
	}
	return count
}

// Ensure events of types that Ringfence doesn't know are counted and do
// nothing: a broadcast call, and what else Asterisk tells of
// a call through a wider filter.
func TestUnknownEvents(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	labtest.NeedStasisBroadcast(t, h.asterisk)
	h.run(t, "block "+pest)

	// Someone widens the filter.
	const wide = `{"allowed":[{"type":"StasisStart"},{"type":"StasisEnd"},{"type":"ChannelUserevent"},{"type":"ApplicationReplaced"},
		{"type":"CallBroadcast"},{"type":"ChannelVarset"},{"type":"ChannelDialplan"},{"type":"ChannelHangupRequest"}]}`
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPut,
		h.asterisk.ARI()+"/applications/ringfence/eventFilter", strings.NewReader(wide))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if status := h.ask(t, request); status != http.StatusOK {
		t.Fatalf("widening the filter: %d", status)
	}
	for i := range 5 {
		answered(t, h.place(t, lab.Call{To: "500", From: stranger})) // no program handles the broadcast
		eventually(t, "the broadcast is counted", func() bool { return h.metric(t, otherEvents) > float64(i) })
		refused(t, h.call(t, pest), 603)
		answered(t, h.call(t, stranger))
	}
	// A caller who hangs up in Stasis makes Asterisk tell a lot.
	known := h.metric(t, otherEvents)
	h.run(t, "settings set action=message")
	h.place(t, lab.Call{To: switchboard, From: pest, CancelAfter: 200 * time.Millisecond})
	eventually(t, "the hangup's events are counted", func() bool { return h.metric(t, otherEvents) > known })
	h.run(t, "settings set action=decline")
	refused(t, h.call(t, pest), 603)
	if strings.Contains(h.metrics(t), "ringfence_ari_events_rejected_total{") {
		t.Error("events could not be used")
	}
	if got := h.service.Output().Count("connected to Asterisk"); got != 1 {
		t.Errorf("connected %d times, want once", got)
	}
	h.gateShut(t)
}

// Ensure each of some hundred callers within a second gets the right verdict,
// and is on record or in a counter.
func TestBurstOfCalls(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	const count = 300
	refusals, passes, began := 0, 0, time.Now()
	for o := range h.crowd(t, count, 3*time.Millisecond) {
		switch {
		case o.err != nil:
			t.Errorf("the call from %s was lost: %v", o.from, o.err)
		case o.result.Code == 603 && o.from == pest:
			refusals++
		case o.result.Answered():
			passes++
		default:
			t.Errorf("the caller %s got %d %s", o.from, o.result.Code, o.result.Phrase)
		}
	}
	t.Logf("%d refused, %d passed in %s", refusals, passes, time.Since(began))
	unscreened := h.wentOn(t)
	if want := count/2 - unscreened; refusals < want || refusals > count/2 {
		t.Errorf("%d listed callers were refused, want %d, for %d calls continued unscreened", refusals, want, unscreened)
	}
	records := h.records(t, count-unscreened)
	calls := make(map[string]int)
	for _, r := range records {
		calls[r.SIPCallID]++
	}
	if len(records) > count || len(calls) != len(records) {
		t.Errorf("%d records of %d calls, of %d placed", len(records), len(calls), count)
	}
	h.gateShut(t)
}

// global reads a counter of the dialplan.
func (h *system) global(t *testing.T, name string) int {
	t.Helper()
	text, err := h.asterisk.Global(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	count, _ := strconv.Atoi(text) // not set: none
	return count
}

// Ensure calls are screened in time while thousands of events that are not
// about calls come in.
func TestBurstOfEvents(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	const count = 5000
	before := h.metric(t, userEvents)
	client := http.Client{Transport: &http.Transport{MaxConnsPerHost: 16, MaxIdleConnsPerHost: 16}}
	defer client.CloseIdleConnections()
	outcomes := h.crowd(t, 40, 25*time.Millisecond)
	var posts errgroup.Group
	posts.SetLimit(16)
	began := time.Now()
	for i := range count {
		posts.Go(func() error {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
				fmt.Sprintf("%s/events/user/noise%d?application=ringfence", h.asterisk.ARI(), i), http.NoBody)
			if err != nil {
				return err
			}
			request.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
			response, err := client.Do(request)
			if err != nil {
				return err
			}
			if err := response.Body.Close(); err != nil {
				return err
			}
			if response.StatusCode != http.StatusNoContent {
				return fmt.Errorf("event %d: %s", i, response.Status)
			}
			return nil
		})
	}
	if err := posts.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d events in %s", count, time.Since(began))
	refusals := wellTreated(t, outcomes)
	if unscreened := h.wentOn(t); refusals+unscreened < 20 || refusals == 0 {
		t.Errorf("%d of 20 listed callers were refused, %d calls continued unscreened", refusals, unscreened)
	}
	eventually(t, "all events have come", func() bool { return h.metric(t, userEvents) >= before+count })
	if got := h.service.Output().Count("connected to Asterisk"); got != 1 {
		t.Errorf("connected %d times, want once", got)
	}
	refused(t, h.call(t, pest), 603)
	h.gateShut(t)
}
