package e2e_test

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/phone/phonetest"
)

// allowedUser is what SIP allows in the user part of an address.
var allowedUser = regexp.MustCompile(`^([0-9A-Za-z_.!~*'()&=+$,;?/-]|%[1-9A-Fa-f][0-9A-Fa-f])+$`)

// allowedURI is what SIP allows as an address.
var allowedURI = regexp.MustCompile(`(?i)^(sips?:[^ @]+@[^ @]+|tel:[^ ]+)$`)

// spelledCalls are the ways of calling under a text: as the user part of the
// From address, escaped and as it is, and as the identity that a trunk vouches
// for.
func spelledCalls(text string) []*trial {
	const carrier = "@carrier.example"
	odd := strings.Contains(text, "\x00")
	trials := []*trial{
		{what: "escaped", call: lab.Call{From: escaped(text)}, odd: odd},
		{what: "as it is", call: lab.Call{From: text}, odd: !allowedUser.MatchString(text)},
	}
	_, _, scheme := strings.Cut(text, ":")
	switch {
	case strings.Contains(text, "<"):
		return append(trials, &trial{what: "asserted", call: lab.Call{From: stranger, Asserted: text}})
	case scheme && allowedURI.MatchString(text):
		return append(trials,
			&trial{what: "asserted", call: lab.Call{From: stranger, Asserted: "<" + text + ">"}},
			&trial{what: "from", call: lab.Call{FromURI: text}})
	default:
		return append(trials, &trial{
			what: "asserted", call: lab.Call{From: stranger, Asserted: "<sip:" + text + carrier + ">"},
			odd: !allowedUser.MatchString(text),
		})
	}
}

// lostContext is the one spelling that Asterisk changes: of a tel address it
// hands on the digits, and not the context that makes them a whole number.
const lostContext = "tel:123456;phone-context=+4930"

// Ensure a listed caller is refused in all spellings. A text that SIP does not
// allow may be dropped or passed over, but is never taken for someone else's.
func TestSpellingsOfAListedCaller(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	var trials []*trial
	identity := make(map[*trial]string)
	listed := make(map[string]bool)
	for _, group := range phonetest.Spellings {
		switch {
		case group.Region != "DE" || group.Want == "" || strings.HasPrefix(group.Want, "*"):
			continue
		case group.Want == "withheld" || group.Want == "unreadable":
			continue
		}
		listed[group.Want] = true
		for _, text := range group.Texts {
			for _, r := range spelledCalls(text) {
				identity[r] = group.Want
				if text == lostContext && !r.odd {
					identity[r] = "123456"
				}
				trials = append(trials, r)
			}
		}
	}
	h.run(t, "block --force "+strings.Join(slices.Sorted(maps.Keys(listed)), " "))
	h.try(t, trials)
	refusals := 0
	for _, r := range trials {
		want := identity[r]
		switch {
		case r.result.Code == 603 && r.record.Caller == want && listed[want]:
			refusals++
		case r.odd && !r.screened():
		case r.odd && r.result.Answered() && (r.record.Caller == "unreadable" || r.record.Caller == stranger && r.call.Asserted != ""):
		case !listed[want] && r.result.Answered() && r.record.Caller == want:
		default:
			t.Errorf("want %s: %v", want, r)
		}
	}
	if refusals < 300 {
		t.Errorf("%d calls were refused, want the table to bring some 400", refusals)
	}
	h.gateShut(t)
}

// blanks are as many escaped blanks.
func blanks(count int) string { return strings.Repeat("%20", count) }

// Ensure a listed caller is refused in whichever header the number is.
func TestPlacesOfAListedCaller(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	const sip = "<sip:" + pest + "@carrier.example>"
	trials := []*trial{
		{what: "a stranger's From", call: lab.Call{From: pest}, stranger: true},
		{what: "another display name", call: lab.Call{From: pest, Name: stranger}},
		{what: "another host", call: lab.Call{From: pest, FromHost: "carrier.example"}},
		{what: "asserted", call: lab.Call{From: stranger, Asserted: sip}},
		{what: "asserted for no one", call: lab.Call{From: "anonymous", FromHost: "anonymous.invalid", Asserted: sip}},
		{what: "asserted twice", call: lab.Call{From: stranger, Asserted: sip, Headers: []string{"P-Asserted-Identity: <tel:" + stranger + ">"}}},
		{what: "asserted by name", call: lab.Call{From: stranger, Asserted: `"` + stranger + `" ` + sip}},
		{what: "asserted by a bad name", call: lab.Call{From: stranger, Asserted: "\"\xff\\\"\" " + sip}},
		{what: "remote party", call: lab.Call{From: stranger, Headers: []string{"Remote-Party-ID: " + sip + ";party=calling"}}},
		{what: "not believed", call: lab.Call{From: pest, Asserted: "<tel:" + stranger + ">"}, stranger: true},
		{what: "diverted", call: lab.Call{From: pest, Headers: []string{"Diversion: <sip:%ff%00@x>;reason=%ff"}}},
		{what: "password", call: lab.Call{FromURI: "sip:" + pest + ":" + stranger + "@host"}},
		{what: "padded", call: lab.Call{From: blanks(67) + pest}},
		{what: "escaped digits", call: lab.Call{From: "%2b4930%3666%32%30%30"}},
	}
	withheld := &trial{what: "withheld", call: lab.Call{From: "anonymous", Asserted: sip, Privacy: "id"}}
	padded := &trial{what: "padded to the last byte", call: lab.Call{From: blanks(68) + pest}}
	h.try(t, append(trials, withheld, padded))
	for _, r := range trials {
		if r.result.Code != 603 || r.record.Caller != pest {
			t.Errorf("want a refusal: %v", r)
		}
	}
	for r, want := range map[*trial]string{withheld: "withheld", padded: "unreadable"} {
		if r.result.Code != 603 || r.record.Caller != want {
			t.Errorf("want a refusal on record as %s: %v", want, r)
		}
	}
	h.gateShut(t)
}

// Ensure callers with a similar number pass.
func TestNearMisses(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" +49306668* 100 --force")
	var trials []*trial
	identity := make(map[*trial]string)
	expect := func(want string, r *trial) {
		identity[r] = want
		trials = append(trials, r)
	}
	for text, want := range map[string]string{
		"+4930666201": "+4930666201", "+4930666100": "+4930666100", "+4931666200": "+4931666200",
		"+493066620": "+493066620", "+49306662000": "+49306662000", "+4830666200": "+4830666200",
		"+14930666200": "+14930666200", "666200": "666200", "0306662001": "+49306662001", "004930666201": "+4930666201",
		"0040666200": "+40666200", "%2B4930666%201": "+49306661", "+4930666201;ext=200": "+4930666201",
		"+49306667": "+49306667", "+4930666900": "+4930666900", "sip%3A%2B4930666201%40" + pest: "+4930666201",
		"101": "101", "1000": "1000", "10": "10", "%2526%25": "unreadable",
		blanks(69) + pest: "unreadable", strings.Repeat("(", 70) + pest: "unreadable", strings.Repeat("%ff", 75) + pest: "unreadable",
		strings.Repeat("9", 79): "unreadable", "+4930666%00200": "+4930666", "anonymous": "withheld",
	} {
		expect(want, &trial{what: "text", call: lab.Call{From: text}})
	}
	for _, header := range []string{
		"Diversion", "History-Info", "Referred-By", "Reply-To", "P-Preferred-Identity", "P-Called-Party-ID",
		"Call-Info", "X-Caller", "Subject", "Organization", "User-Agent", "Remote-Party",
	} {
		expect(stranger, &trial{what: header, call: lab.Call{From: stranger, Headers: []string{header + ": <sip:" + pest + "@127.0.0.1>"}}})
	}
	const sip = "<sip:" + pest + "@carrier.example>"
	expect(stranger, &trial{what: "display name", call: lab.Call{From: stranger, Name: pest}})
	expect(stranger, &trial{what: "name like an address", call: lab.Call{From: stranger, Name: `\"\" ` + sip}})
	expect(stranger, &trial{what: "host", call: lab.Call{From: stranger, FromHost: "4930666200.example"}})
	expect(stranger, &trial{what: "parameter", call: lab.Call{FromURI: "sip:" + stranger + "@host;user=" + pest}})
	expect(stranger, &trial{what: "password", call: lab.Call{FromURI: "sip:" + stranger + ":" + pest + "@host"}})
	expect(stranger, &trial{what: "the trunk knows better", call: lab.Call{From: pest, Asserted: "<tel:" + stranger + ">"}})
	expect(stranger, &trial{what: "asserted second", call: lab.Call{From: pest, Asserted: "<tel:" + stranger + ">", Headers: []string{"P-Asserted-Identity: " + sip}}})
	// Of several identities in one line Asterisk reads none.
	expect(stranger, &trial{what: "asserted in one line", call: lab.Call{From: stranger, Asserted: sip + ", <tel:" + pest + ">"}})
	expect(stranger, &trial{what: "not believed", call: lab.Call{From: stranger, Asserted: sip}, stranger: true})
	expect(stranger, &trial{what: "not believed", stranger: true, call: lab.Call{From: stranger, Headers: []string{"Remote-Party-ID: " + sip}}})
	h.try(t, trials)
	for _, r := range trials {
		if !r.result.Answered() || r.record.Caller != identity[r] {
			t.Errorf("want to pass as %s: %v", identity[r], r)
		}
	}
	h.gateShut(t)
}

// Ensure a rule for a dialled number applies in every spelling of it, and
// for no other one.
func TestSpellingsOfADialledNumber(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	for _, number := range []string{"+493023125001", "104", "9123"} {
		h.run(t, "block "+pest+" --to "+number)
	}
	var refusals, passes []*trial
	number := make(map[*trial]string)
	for want, texts := range map[string][]string{
		"+493023125001": {
			"+493023125001", "493023125001", "03023125001", "%2B493023125001", "%2b4930%323125001", "%303023125001",
			"+493023125001;ext=5", "03023125001;phone-context=+49", "+49-30-23125-001", "030-23125001",
		},
		"104":  {"104", "1%304", "104;x=y", "%31%30%34", "1-04"},
		"9123": {"9123", "9%20123", "9-123", "9.123", "9(123)", "9%ff123", "9%c3123", "9a1b2c3", "9_123", "9123%ff", "9123%20", "9%0d%0a123", "9%241%7B%7D23"},
	} {
		for _, text := range texts {
			r := &trial{what: "dialled", call: lab.Call{From: pest, To: text}}
			number[r] = want
			refusals = append(refusals, r)
		}
	}
	for text, want := range map[string]string{
		"+493023125002": "+493023125002", "493023125010": "+493023125010", "03023125011": "+493023125011",
		"100": "100", "105": "105", "9124": "9124", "91234": "91234", "9%2A123": "9*123", "9123%23": "9123#",
	} {
		r := &trial{what: "dialled", call: lab.Call{From: pest, To: text}}
		number[r] = want
		passes = append(passes, r)
	}
	h.try(t, append(refusals, passes...))
	for _, r := range refusals {
		// 404 and 484 are Asterisk's: it knows no such number.
		unknown := r.result.Code == 404 || r.result.Code == 484
		if !unknown && (r.result.Code != 603 || r.record.Dialled != number[r]) {
			t.Errorf("want a refusal for %s: %v", number[r], r)
		}
		if unknown {
			t.Logf("Asterisk knows no %q", r.call.To)
		}
	}
	for _, r := range passes {
		if !r.result.Answered() || r.record.Dialled != number[r] {
			t.Errorf("want to pass to %s: %v", number[r], r)
		}
	}
	h.gateShut(t)
}
