package e2e_test

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
)

// decoy is an unlisted number that one of the texts means.
const decoy = "+4930777300"

// hostileTexts are what a caller may put where a number or a name is expected.
var hostileTexts = []string{
	"\xff\xfe", "\x00", "49\x0030", "\xc3(", "\xf0\x9f", "\xed\xa0\x80", "\u202e123", "\u202e\u202a", "１２", "😀", "é",
	"1,2,3", ",,,,", "100,+4930555100,,,", "1,+4930555100,allowed,A,1.1,0", ",",
	"${EXTEN}", "${SHELL(id)}", "${GLOBAL(RINGFENCE_APP)}", "$[1+1]", "$[", "${", "}", "1)", "1(", "()", "(", ")", "((((", "1),Hangup(21)",
	"a|b", "a&b=c", "a!b", "\"", "'", "\\", "a\\\"b", "\\,", "\"\"\"",
	"\r\nX-Evil: 1", "\n", "\t", "\x1b[31m", "\x7f", "\x01", "\u2028", "\u0085",
	"%s%n", "%", "%%", "%2500", "%z", ";phone-context=x", ";;", ";tag=1", "<>", "<sip:" + decoy + "@x>", " ", "@", "sip:", "tel:",
	"-", "+", "++", "*", "#", "**", "*#", "_.", "_X.", ".", "s", "h", "T", "i", "allow", "~!_-.*'",
	"{ringfence}", "{ringfence}:version", "}:to:100", ":to:", ":to:100", "{ringfence}:calls", "{+4930111222}", "*:to:*", "\r\nFLUSHALL\r\n",
	strings.Repeat("9", 79), strings.Repeat("9", 300), strings.Repeat("\xff", 100), strings.Repeat("\u202e", 30), strings.Repeat("a", 2000),
}

// aside puts a hostile text everywhere but where the caller's number stands.
func aside(from, text string) []*trial {
	return []*trial{
		{what: "display name", call: lab.Call{From: from, Name: text}, odd: true},
		{what: "host", call: lab.Call{From: from, FromHost: text}, odd: true},
		{what: "dialled", call: lab.Call{From: from, To: "9" + escaped(text)}},
		{what: "dialled as it is", call: lab.Call{From: from, To: "9" + text}, odd: true},
		{what: "call id", call: lab.Call{From: from, CallID: text, Timeout: lawful}},
		{what: "diverted", call: lab.Call{From: from, Headers: []string{"Diversion: \"" + text + "\" <sip:" + escaped(text) + "@x>"}}, odd: true},
		{what: "header", call: lab.Call{From: from, Headers: []string{"X-Text: " + text, "User-Agent: " + text, "Subject: " + text}}, odd: true},
	}
}

// Ensure no text that a listed caller sends with the number lets the call pass,
// and none that an unlisted one sends closes it.
func TestHostileTextsAside(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	var listed, unlisted []*trial
	for _, text := range hostileTexts {
		listed = append(listed, aside(pest, text)...)
		unlisted = append(unlisted, aside(stranger, text)...)
	}
	before := h.keys(t)
	h.try(t, append(listed, unlisted...))
	for _, r := range listed {
		if r.result.Answered() {
			t.Errorf("a listed caller passed: %v", r)
		}
	}
	for _, r := range unlisted {
		if r.result.Code == 603 {
			t.Errorf("an unlisted caller was refused: %v", r)
		}
	}
	h.unharmed(t, before)
}

// Ensure no text instead of the caller's number is read as a number that it
// isn't, reaches another one's keys, or shifts what the dialplan hands over.
func TestHostileCallers(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" +49306668*")
	h.run(t, "allow "+stranger)
	var trials, behind []*trial
	for _, text := range hostileTexts {
		trials = append(trials,
			&trial{what: "escaped", call: lab.Call{From: escaped(text)}},
			&trial{what: "as it is", call: lab.Call{From: text}, odd: true},
			&trial{what: "asserted", call: lab.Call{From: "x", Asserted: "<sip:" + escaped(text) + "@x>"}},
			&trial{what: "asserted as it is", call: lab.Call{From: "x", Asserted: "<sip:" + text + "@x>"}, odd: true},
			&trial{what: "not believed", call: lab.Call{From: escaped(text), Asserted: text}, stranger: true, odd: true},
		)
		behind = append(behind, &trial{what: "behind a listed number", call: lab.Call{From: pest + escaped(text)}})
	}
	before := h.keys(t)
	h.try(t, trials)
	linked := regexp.MustCompile(`^[0-9]+\.[0-9]+$`)
	for _, r := range trials {
		if r.result.Code == 603 || r.screened() && r.record.Entry != (entryID{}) {
			t.Errorf("taken for another caller: %v", r)
		}
		if r.screened() && (r.record.Dialled != switchboard || !linked.MatchString(r.record.LinkedID) || r.record.Degraded != "") {
			t.Errorf("the arguments have moved: %v, linked id %q, %s", r, r.record.LinkedID, r.record.Degraded)
		}
	}
	h.unharmed(t, before)

	// A stray character around or within a listed number hides it from no one.
	var stray []*trial
	for _, text := range []string{
		pest + "#", pest + "*", pest + "x12", pest + "=", pest + "!", pest + "&", pest + "$", pest + escaped("<>"), pest + "~a",
		"p" + pest, "!" + pest, "+4930!666200", "+4930=66&62$00",
	} {
		stray = append(stray, &trial{what: "a stray character", call: lab.Call{From: text}})
	}
	h.try(t, stray)
	for _, r := range stray {
		if r.result.Answered() {
			t.Errorf("a listed caller passed: %v", r)
		}
	}

	// A caller who hides a listed number behind a text with other digits has
	// no number to show.
	h.run(t, "settings set anonymous=decline")
	another := regexp.MustCompile(`^` + regexp.QuoteMeta(pest) + `\d|^` + regexp.QuoteMeta(decoy) + `$`)
	h.try(t, behind)
	for _, r := range behind {
		if r.result.Answered() && !another.MatchString(r.record.Caller) {
			t.Errorf("a listed caller passed: %v", r)
		}
	}
	h.gateShut(t)
}

// Ensure a text that makes Asterisk send no event about a call, or about all calls,
// does not stop Ringfence.
func TestTextsThatSilenceAsterisk(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	talking := make(chan outcome, 2)
	for _, call := range []lab.Call{{To: "9%ff1", From: stranger}, {To: switchboard, From: stranger, CallID: "\xff"}} {
		go func() {
			call.Hold, call.Deaf = 5*time.Second, true
			result, err := h.caller.Call(t.Context(), call)
			talking <- outcome{stranger, result, err}
		}()
	}
	eventually(t, "Asterisk can tell nothing of its channels", func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.asterisk.ARI()+"/channels", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		return h.ask(t, request) == http.StatusInternalServerError
	})
	var trials []*trial
	for range 20 {
		trials = append(trials,
			&trial{what: "nameless", call: lab.Call{From: pest, CallID: "\xc3("}},
			&trial{what: "nameless", call: lab.Call{From: stranger, CallID: "\xff"}},
			&trial{what: "plain", call: lab.Call{From: pest}},
			&trial{what: "plain", call: lab.Call{From: stranger}})
	}
	h.try(t, trials)
	for _, r := range trials {
		if r.err != nil || r.result.Answered() != (r.call.From == stranger) || r.result.After > guard {
			t.Errorf("%v", r)
		}
	}
	for range 2 {
		if o := <-talking; o.err != nil || !o.result.Answered() || o.result.HungUp {
			t.Errorf("the call that silences Asterisk: %+v, %v", o.result, o.err)
		}
	}
	if records := h.records(t, len(trials)+2); len(records) != len(trials)+2 {
		t.Errorf("%d records of %d calls", len(records), len(trials)+2)
	}
	h.gateShut(t)
}

// keys are what Redis holds beside the log, but for what each refusal counts.
func (h *system) keys(t *testing.T) map[string]string {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: h.redis.Address()})
	defer func() { _ = client.Close() }()
	names, err := client.Keys(t.Context(), "*").Result()
	if err != nil {
		t.Fatal(err)
	}
	held := make(map[string]string)
	for _, name := range names {
		if name == "{ringfence}:calls" || strings.HasPrefix(name, "{ringfence}:calls:page") || strings.HasPrefix(name, "{ringfence}:writer:") {
			continue
		}
		switch name {
		case "{ringfence}:hits", "{ringfence}:last-hit":
			others, err := client.ZRange(t.Context(), name, 0, -1).Result()
			if err != nil {
				t.Fatal(err)
			}
			if others = slices.DeleteFunc(others, func(rule string) bool { return rule == pest }); len(others) > 0 {
				held[name] = strings.Join(others, " ")
			}
		default:
			if held[name], err = client.Dump(t.Context(), name).Result(); err != nil {
				t.Fatal(err)
			}
		}
	}
	return held
}

// unharmed fails the test if hostile calls have changed what Redis holds, left
// a call behind, opened the gate, or put into a log what a terminal obeys.
func (h *system) unharmed(t *testing.T, before map[string]string) {
	t.Helper()
	h.gateShut(t)
	h.noChannels(t)
	if diff := cmp.Diff(before, h.keys(t)); diff != "" {
		t.Errorf("the calls have changed Redis (-before +after):\n%s", diff)
	}
	table, comma := h.run(t, "log --limit 0"), h.run(t, "log --limit 0 --output csv")
	for _, text := range []string{table, comma, h.run(t, "log --limit 0 --output json"), h.service.Output().String(), h.metrics(t)} {
		if at := strings.IndexFunc(text, obeyed); at >= 0 || !utf8.ValidString(text) {
			t.Errorf("what a terminal obeys, in %+q", text[max(0, at-100):][:min(200, len(text)-max(0, at-100))])
		}
	}
	rows, err := csv.NewReader(strings.NewReader(comma)).ReadAll()
	if err != nil || len(rows) != strings.Count(table, "\n") {
		t.Errorf("%d rows of CSV for %d lines of the table, %v", len(rows), strings.Count(table, "\n"), err)
	}
	for line := range strings.Lines(h.service.Output().String()) {
		if !json.Valid([]byte(line)) {
			t.Errorf("not a line of JSON: %q", line)
		}
	}
}

// obeyed reports what a terminal may obey, or show in another place.
func obeyed(c rune) bool { return c != '\n' && !unicode.IsPrint(c) }

// ask makes a request of Asterisk's REST interface and returns the status.
func (h *system) ask(t *testing.T, request *http.Request) int {
	t.Helper()
	request.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode
}
