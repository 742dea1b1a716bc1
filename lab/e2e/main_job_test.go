package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// Ensure a listed caller is refused without an answer and recorded in both logs,
// and passes with the very next call after a remove.
func TestListedCaller(t *testing.T) {
	t.Parallel()
	h := openSystem(t)

	answered(t, h.call(t, pest))
	h.run(t, "block "+pest+" --reason pest")
	result := h.call(t, pest)
	refused(t, result, 603)
	if len(result.Provisionals) > 1 || result.Early() {
		t.Errorf("a refused caller should hear nothing, got %+v", result.Provisionals)
	}
	answered(t, h.call(t, stranger))
	h.run(t, "remove "+pest)
	answered(t, h.call(t, pest))

	records := h.records(t, 4)
	got := records[1]
	if got.Caller != pest || got.Dialled != switchboard || got.Verdict != "refused" || got.Check != "list" ||
		got.Entry != (entryID{pest, "block"}) || got.Action != "decline" || got.Text != blockedText || got.Degraded != "" {
		t.Errorf("record = %+v", got)
	}
	if got.Channel == "" || got.LinkedID == "" || got.SIPCallID != result.CallID || got.TookMS <= 0 {
		t.Errorf("the record lacks Asterisk's ids or the time: %+v", got)
	}
	marked := 0
	eventually(t, "Asterisk has written its records", func() bool {
		cdrs, err := h.asterisk.CDRs()
		if err != nil {
			t.Fatal(err)
		}
		marked = 0
		for _, cdr := range cdrs {
			if cdr.Field == blockedText {
				marked++
			}
		}
		return marked >= 1 && len(cdrs) >= 4
	})
	if marked != 1 {
		t.Errorf("%d of Asterisk's records say %q, want 1", marked, blockedText)
	}
}

func TestActions(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	last := 0
	for action, code := range map[string]int{"decline": 603, "busy": 486, "reject": 403, "not-found": 404} {
		h.run(t, "block "+pest+" --action "+action)
		refused(t, h.call(t, pest), code)
		last = code
	}
	h.run(t, "block "+pest) // The entry keeps its action.
	refused(t, h.call(t, pest), last)
	h.run(t, "block "+pest+" --action default")
	h.run(t, "settings set action=busy")
	refused(t, h.call(t, pest), 486)
}

// Ensure a message plays before the refusal, without an answer unless the
// settings ask for it, and no longer than they say.
func TestMessage(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "settings set message-limit=2s")
	h.run(t, "block "+pest+" --action message")

	result := h.call(t, pest)
	refused(t, result, 603)
	waited(t, result, 2*time.Second, 3*time.Second)
	if !result.Early() || result.EarlyPackets < 50 {
		t.Errorf("the caller heard %d packets of the message, want about 100 as early media", result.EarlyPackets)
	}
	if got := h.records(t, 1)[0]; got.Verdict != "refused" || got.Action != "message" || got.Text != blockedText {
		t.Errorf("record = %+v", got)
	}

	h.run(t, "settings set message-answer=yes")
	result = h.place(t, lab.Call{To: switchboard, From: pest, Hold: timeout})
	answered(t, result)
	if !result.HungUp || result.Packets < 50 || result.Talked > 3*time.Second {
		t.Errorf("hung up = %v after %s and %d packets, want to be hung up on after 2 s of message", result.HungUp, result.Talked, result.Packets)
	}
	if cdr := h.cdr(t, pest); cdr.Field != blockedText {
		t.Errorf("Asterisk's record says %q", cdr.Field)
	}

	h.run(t, "settings set message-answer=no message-sound=sound:no-such-sound")
	result = h.call(t, pest)
	refused(t, result, 603)
	waited(t, result, 0, time.Second)
}

// Ensure nothing remains of a call whose caller hangs up during the message.
func TestMessage_CallerHangsUp(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" --action message")
	result := h.place(t, lab.Call{To: switchboard, From: pest, CancelAfter: time.Second})
	if !result.Cancelled {
		t.Errorf("the caller got %d %s", result.Code, result.Phrase)
	}
	if got := h.records(t, 1)[0]; got.Verdict != "refused" {
		t.Errorf("record = %+v", got)
	}
	if cdr := h.cdr(t, pest); cdr.Field != blockedText {
		t.Errorf("Asterisk's record says %q", cdr.Field)
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	h.run(t, "settings set mode=observe")
	answered(t, h.call(t, pest))
	if got := h.records(t, 1)[0]; got.Verdict != "observed" || got.Entry != (entryID{pest, "block"}) || got.Text != "" {
		t.Errorf("record = %+v", got)
	}
	h.run(t, "settings set mode=enforce")
	refused(t, h.call(t, pest), 603)
}

func TestPrefixes(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block +4930666*")
	refused(t, h.call(t, pest), 603)
	answered(t, h.call(t, stranger))
	h.run(t, "allow "+pest)
	answered(t, h.call(t, pest))
	refused(t, h.call(t, "+4930666201"), 603)
	h.run(t, "remove +4930666*")
	answered(t, h.call(t, "+4930666201"))
}

// Ensure a rule for one dialled number, or for a range, does not affect others.
func TestRuleForDialledNumbers(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" --to +493023125001")
	refused(t, h.place(t, lab.Call{To: "+493023125001", From: pest}), 603)
	refused(t, h.place(t, lab.Call{To: "03023125001", From: pest}), 603)
	answered(t, h.place(t, lab.Call{To: "+493023125002", From: pest}))
	h.run(t, "block "+pest+" --to _4930231250XX")
	h.run(t, "allow "+pest+" --to +49302312509*")
	refused(t, h.place(t, lab.Call{To: "03023125002", From: pest}), 603)
	answered(t, h.place(t, lab.Call{To: "+493023125092", From: pest}))
	answered(t, h.place(t, lab.Call{To: "+493023125102", From: pest}))
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" +4930777* --for 5s")
	refused(t, h.call(t, pest), 603)
	refused(t, h.call(t, "+4930777300"), 603)
	eventually(t, "the entries expire", func() bool {
		return h.call(t, pest).Answered() && h.call(t, "+4930777300").Answered()
	})
	if list := h.run(t, "list --output json"); !strings.Contains(list, noEntries) {
		t.Errorf("the list still holds %s", list)
	}
}

// Ensure callers without a number have a policy of their own, and that a
// withheld number is looked up but shown nowhere.
func TestCallersWithoutNumber(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	hidden := []lab.Call{
		{To: switchboard, From: "anonymous", FromHost: "anonymous.invalid"},
		{To: switchboard, From: ""},
		{To: switchboard, From: "Unavailable"},
		{To: switchboard, From: "x!y"},
		{To: switchboard, From: "anonymous", Asserted: "sip:" + stranger + "@carrier.example", Privacy: "id"},
	}
	for _, call := range hidden {
		answered(t, h.place(t, call))
	}
	h.run(t, "settings set anonymous=busy")
	for _, call := range hidden {
		refused(t, h.place(t, call), 486)
	}
	h.run(t, "settings set anonymous=allow")
	h.run(t, "block "+stranger)
	refused(t, h.place(t, hidden[len(hidden)-1]), 603)
	h.records(t, 2*len(hidden)+1)
	everything := h.run(t, "log --output json") + h.service.Output().String()
	if strings.Contains(everything, stranger[3:]) {
		t.Error("a withheld number is shown in clear")
	}
}
