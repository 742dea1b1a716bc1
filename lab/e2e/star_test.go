package e2e_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

const (
	// desk is a dialled number whose callers go to the telephones.
	desk       = "300"
	blockLast  = "*32"
	removeLast = "*31"
	// audible is how many packets half a second of sound has.
	audible = 25
)

// quickSounds replaces the sounds by a beep.
func quickSounds(asterisk *lab.AsteriskOptions, _ *lab.ServiceOptions) {
	asterisk.Globals = map[string]string{}
	for _, name := range []string{"BLOCKED", "REMOVED", "WITHHELD", "NOT_PERMITTED", "ERROR"} {
		asterisk.Globals["RINGFENCE_SOUND_"+name] = "beep"
	}
}

// telephone is one of the system's, at which star codes are dialled.
type telephone struct {
	*lab.Phone
	h        *system
	endpoint string
	dialled  int
}

func (h *system) telephone(t *testing.T, address, endpoint string) *telephone {
	t.Helper()
	return &telephone{Phone: labtest.NewPhone(t, h.asterisk, address, endpoint), h: h, endpoint: endpoint}
}

// dials dials a star code, listens to the end, and fails the test unless the
// telephone got the answer that is wanted.
func (p *telephone) dials(t *testing.T, code, want string) lab.Result {
	t.Helper()
	p.dialled++
	// What a telephone calls itself counts for nothing; here it tells the records
	// of its calls apart.
	as := fmt.Sprintf("%s-%d", p.endpoint, p.dialled)
	result, err := p.Call(t.Context(), lab.Call{To: code, From: as, Hold: timeout})
	if err != nil || !result.Answered() || !result.HungUp {
		t.Fatalf("%s: got %+v, %v, want a call that Asterisk ends", code, result, err)
	}
	if got := p.h.cdr(t, as).Field; got != want {
		t.Errorf("%s: the telephone heard %q, want %q", code, got, want)
	}
	return result
}

// rings calls the telephones.
func (h *system) rings(t *testing.T, from string) lab.Result {
	t.Helper()
	return h.place(t, lab.Call{To: desk, From: from})
}

// An agent answers a nuisance call, dials a star code, and the caller's next call is
// refused; another star code takes that back.
func TestStarCodes(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	phone := h.telephone(t, "127.0.0.3", "front-desk")
	answered(t, h.rings(t, "030666200"))

	if result := phone.dials(t, blockLast, "not-permitted"); result.Packets < audible {
		t.Errorf("%d packets of a sound", result.Packets)
	}
	h.run(t, "settings set star-extensions=front-desk")
	if result := phone.dials(t, blockLast, "blocked"); result.Packets < audible {
		t.Errorf("%d packets of the confirmation", result.Packets)
	}
	refused(t, h.rings(t, pest), 603)
	refused(t, h.call(t, "030666200"), 603)
	phone.dials(t, blockLast, "blocked") // by now that is nothing new
	if result := phone.dials(t, removeLast, "removed"); result.Packets < audible {
		t.Errorf("%d packets of the confirmation", result.Packets)
	}
	answered(t, h.rings(t, pest))
	phone.dials(t, removeLast, "error")

	var page struct {
		Events []struct {
			By struct {
				Name, Via string
			}
			Action string
			Edits  []struct {
				Number string
				After  *struct{ Source, Author string }
			}
		}
	}
	if err := json.Unmarshal([]byte(h.run(t, "audit --via phone --output json")), &page); err != nil {
		t.Fatal(err)
	}
	events := page.Events
	if len(events) != 2 || events[0].Action != "remove" || events[1].Action != "block" {
		t.Fatalf("the audit log has %+v, want a block and a remove", events)
	}
	for _, event := range events {
		if event.By.Name != "PJSIP/front-desk" || len(event.Edits) != 1 || event.Edits[0].Number != pest {
			t.Errorf("event %+v", event)
		}
	}
	if after := events[1].Edits[0].After; after == nil || after.Source != "star" || after.Author != "PJSIP/front-desk" {
		t.Errorf("the entry was %+v", after)
	}
	for _, record := range h.records(t, 4) {
		if record.Dialled != desk && record.Dialled != switchboard {
			t.Errorf("a star code is in the log of calls: %+v", record)
		}
	}
	for series, want := range map[string]float64{
		`ringfence_star_requests_total{request="block-last",result="blocked"}`:       2,
		`ringfence_star_requests_total{request="block-last",result="not-permitted"}`: 1,
		`ringfence_star_requests_total{request="remove-last",result="removed"}`:      1,
		`ringfence_star_requests_total{request="remove-last",result="not-listed"}`:   1,
	} {
		if got := h.metric(t, series); got != want {
			t.Errorf("%s is %v, want %v", series, got, want)
		}
	}
}

// Each telephone has its own last caller, and only named telephones may use star codes.
func TestStarCodesOfTwoTelephones(t *testing.T) {
	t.Parallel()
	h := openSystem(t, quickSounds)
	h.run(t, "settings set star-extensions=front-desk")
	front := h.telephone(t, "127.0.0.3", "front-desk")
	front.dials(t, blockLast, "error") // no one has called
	answered(t, h.rings(t, pest))

	back := h.telephone(t, "127.0.0.4", "back-desk")
	back.dials(t, blockLast, "not-permitted")
	back.dials(t, removeLast, "not-permitted")
	h.run(t, "settings set star-extensions=front-desk,back-desk")
	back.dials(t, blockLast, "error") // the other one was called
	front.dials(t, blockLast, "blocked")
	h.run(t, "settings set star-extensions=back-desk")
	front.dials(t, removeLast, "not-permitted")
	if got := h.run(t, "list"); strings.Count(got, "\n") != 2 || !strings.Contains(got, pest) {
		t.Errorf("the list is\n%s", got)
	}
}

// A caller who withholds the number, an allowed caller, and what is not a
// number of a caller, is not blocked.
func TestStarCodesRefuse(t *testing.T) {
	t.Parallel()
	h := openSystem(t, quickSounds)
	phone := h.telephone(t, "127.0.0.3", "front-desk")
	h.run(t, "settings set star-extensions=front-desk own=+4930888100")
	h.run(t, "allow +4930777400 +44207*")
	for _, test := range []struct {
		call lab.Call
		want string
	}{
		{hidden(), "withheld"},
		{lab.Call{From: "anonymous", Asserted: "<sip:" + pest + "@carrier.example>", Privacy: "id"}, "withheld"},
		{lab.Call{}, "withheld"},
		{lab.Call{From: "+4930777400"}, "error"},
		{lab.Call{From: "+442071838750"}, "error"},
		{lab.Call{From: "+4930888100"}, "error"},
		{lab.Call{From: "112"}, "error"},
		{lab.Call{From: "201"}, "error"},
		{lab.Call{From: "star,block-last,+4930666200,allowed,11"}, "error"},
		{lab.Call{From: "+4930666200%24%7BEXTEN%7D"}, "error"},
		// These are read as the pest's number when they call, and so here.
		{lab.Call{From: "+4930666200,allowed,11"}, "blocked"},
		{lab.Call{From: "%2B4930666200%00"}, "blocked"},
		{lab.Call{From: "49%ff%fe30666200"}, "blocked"},
		{lab.Call{From: "+" + strings.Repeat("4930666200", 9)}, "error"},
	} {
		test.call.To = desk
		answered(t, h.place(t, test.call))
		phone.dials(t, blockLast, test.want)
		if test.want == "blocked" {
			refused(t, h.rings(t, pest), 603)
			phone.dials(t, removeLast, "removed")
		}
	}
	if got := h.run(t, "list --kind block --output json"); !strings.Contains(got, noEntries) {
		t.Errorf("on the list is %s", got)
	}
}

// Ensure a withheld number is stored and shown nowhere.
func TestStarCodesKeepNoSecrets(t *testing.T) {
	t.Parallel()
	h := openSystem(t, quickSounds)
	phone := h.telephone(t, "127.0.0.3", "front-desk")
	h.run(t, "settings set star-extensions=front-desk")
	answered(t, h.rings(t, pest))
	answered(t, h.place(t, lab.Call{To: desk, From: "anonymous", Asserted: "<sip:+4930999777@carrier.example>", Privacy: "id"}))
	phone.dials(t, blockLast, "withheld")
	for what, text := range map[string]string{
		"Asterisk's database": h.console(t, "database show ringfence-last"),
		"the log":             h.service.Output().String(),
		"the list":            h.run(t, "list"),
	} {
		if strings.Contains(text, "999777") || strings.Contains(text, "666200") && what != "the log" {
			t.Errorf("%s holds the number:\n%s", what, text)
		}
	}
}

// Without Redis, and without Ringfence, the telephone gets the error sound in
// time; the code works again when they are back.
func TestStarCodesWhenThingsFail(t *testing.T) {
	t.Parallel()
	h := openSystem(t, quickSounds)
	phone := h.telephone(t, "127.0.0.3", "front-desk")
	h.run(t, "settings set star-extensions=front-desk")
	answered(t, h.rings(t, pest))
	inTime := func() {
		t.Helper()
		waited(t, phone.dials(t, blockLast, "error"), 0, lawful)
	}
	h.store.Hold(lab.ToClient)
	inTime()
	h.heal(t, h.store)
	h.loseRedis(t)
	inTime()
	h.findRedis(t)
	h.wantHealth(t, 200, "ready", "answering")
	if err := h.service.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	waited(t, phone.dials(t, blockLast, "error"), guard-100*time.Millisecond, lawful)
	if err := h.service.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	h.screening(t)
	phone.dials(t, blockLast, "blocked")
	refused(t, h.call(t, pest), 603)
	if err := h.service.Kill(); err != nil {
		t.Fatal(err)
	}
	waited(t, phone.dials(t, removeLast, "error"), 0, lawful)
}
