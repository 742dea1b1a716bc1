package star_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
)

const (
	pest    = "+4930666200"
	channel = "PJSIP/front-desk-0000002a"
)

var now = time.Date(2026, 11, 25, 12, 0, 0, 5, time.UTC)

func TestRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		args    string
		channel string
		want    star.Request
	}{
		"block":            {"star,block-last,%2B4930666200,allowed,11", channel, star.Request{Endpoint: "front-desk", Action: star.BlockLast, Called: true, Caller: caller(pest)}},
		"remove, national": {"star,remove-last,030666200,allowed,9", channel, star.Request{Endpoint: "front-desk", Action: star.RemoveLast, Called: true, Caller: caller(pest)}},
		"no last caller":   {"star,block-last,", channel, star.Request{Endpoint: "front-desk", Action: star.BlockLast}},
		"nothing":          {"star", "", star.Request{Action: "unknown"}},
		"another action":   {"star,allow-last,%2B4930666200,allowed,11", channel, star.Request{Endpoint: "front-desk", Action: "unknown", Called: true, Caller: caller(pest)}},
		"withheld":         {"star,block-last,,prohib,0", channel, star.Request{Endpoint: "front-desk", Action: star.BlockLast, Called: true, Caller: screen.Caller{Withheld: true}}},
		"cut":              {"star,block-last,%2B4930666200,allowed,79", channel, star.Request{Endpoint: "front-desk", Action: star.BlockLast, Called: true, Caller: screen.Caller{Number: number(pest), Unreadable: true}}},
		"not an escape":    {"star,block-last,49%zz,allowed,5", channel, star.Request{Endpoint: "front-desk", Action: star.BlockLast, Called: true, Caller: screen.Caller{Number: number("49"), Unreadable: true}}},
		"a Local channel":  {"star,block-last,", "Local/*32@internal-00000001;2", star.Request{Action: star.BlockLast}},
		"IAX":              {"star,block-last,", "IAX2/PJSIP/front-desk-1", star.Request{Action: star.BlockLast}},
		"no number behind": {"star,block-last,", "PJSIP/100", star.Request{Action: star.BlockLast}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := strings.Split(test.args, ",")
			if !star.IsRequest(args) {
				t.Errorf("%q is no request", args)
			}
			test.want.Channel = "1.5"
			if diff := cmp.Diff(test.want, star.Read(args, "1.5", test.channel, "DE"), cmpopts.EquateComparable(phone.Number{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// Whatever a caller's text, a call that is to be screened is no request, and
// its place among the arguments does not matter.
func TestNoScreenedCallIsARequest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		dialled := rapid.StringMatching(`[0-9+*#]{0,20}`).Draw(t, "dialled")
		rest := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.Just("star"), rapid.Just("block-last"))).Draw(t, "rest")
		if star.IsRequest(append([]string{dialled}, rest...)) {
			t.Fatal("a request")
		}
	})
	if star.IsRequest(nil) {
		t.Error("no arguments are a request")
	}
}

// No arguments are too odd to be read, and none makes an endpoint or a number
// out of nothing.
func TestRead_Anything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		args := append([]string{"star"}, rapid.SliceOfN(rapid.String(), 0, 6).Draw(t, "args")...)
		name := rapid.OneOf(rapid.String(), rapid.Just(channel)).Draw(t, "channel")
		request := star.Read(args, "1", name, "DE")
		if request.Endpoint != "" && !strings.HasPrefix(name, "PJSIP/"+request.Endpoint+"-") {
			t.Fatalf("endpoint %q of channel %q", request.Endpoint, name)
		}
		decision := star.Decide(request, screen.Facts{}, samplePolicy(t), now)
		if decision.Edit != nil && decision.Edit.Rule.String() != request.Caller.Number.String() {
			t.Fatalf("%+v is edited for %+v", decision.Edit, request)
		}
	})
}

func TestDecide(t *testing.T) {
	t.Parallel()
	block := star.Request{Endpoint: "front-desk", Action: star.BlockLast, Called: true, Caller: caller(pest)}
	remove := block
	remove.Action = star.RemoveLast
	of := func(who screen.Caller) star.Request {
		request := block
		request.Caller = who
		return request
	}
	by := func(endpoint string) star.Request {
		request := block
		request.Endpoint = endpoint
		return request
	}
	later := now.Add(time.Hour)
	for name, test := range map[string]struct {
		request star.Request
		// listed are the entries on the list, "allow +49*" or "block +4930666200".
		listed  string
		expires time.Time
		want    star.Result
		// edit is what is written, "" for nothing.
		edit string
	}{
		"a stranger":                        {block, "", time.Time{}, star.Blocked, "block " + pest},
		"listed already":                    {block, "block " + pest, time.Time{}, star.Blocked, ""},
		"listed for a time":                 {block, "block " + pest, later, star.Blocked, "block " + pest},
		"allowed":                           {block, "allow " + pest, time.Time{}, star.Refused, ""},
		"allowed for a time":                {block, "allow " + pest, later, star.Refused, ""},
		"covered by an allowed prefix":      {block, "allow +4930*", time.Time{}, star.Refused, ""},
		"of a country that is allowed":      {block, "allow +49*, block +4930*", time.Time{}, star.Blocked, "block " + pest},
		"allowed within a country":          {block, "block +49*, allow +4930*", time.Time{}, star.Refused, ""},
		"covered by a blocked prefix":       {block, "block +4930*", time.Time{}, star.Blocked, "block " + pest},
		"allowed for one number, exactly":   {block, "allow " + pest + ":to:100", time.Time{}, star.Blocked, "block " + pest},
		"allowed for one number, by prefix": {block, "allow +4930*:to:100", time.Time{}, star.Refused, ""},
		"the same, overruled everywhere":    {block, "allow +4930*:to:100, block +493066*", time.Time{}, star.Blocked, "block " + pest},
		"the same, overruled for another":   {block, "allow +4930*:to:100, block +493066*:to:200", time.Time{}, star.Refused, ""},
		"allowed for a range":               {block, "allow +4930*:to:1*", time.Time{}, star.Refused, ""},
		"the same, overruled for a part":    {block, "allow +4930*:to:1*, block +493066*:to:10*", time.Time{}, star.Refused, ""},
		"the same, overruled for more":      {block, "allow +4930*:to:10*, block +493066*:to:1*", time.Time{}, star.Blocked, "block " + pest},
		"the same, overruled for it":        {block, "allow +4930*:to:100, block +493066*:to:100", time.Time{}, star.Blocked, "block " + pest},

		"not named":          {by("back-desk"), "", time.Time{}, star.NotPermitted, ""},
		"no telephone":       {by(""), "", time.Time{}, star.NotPermitted, ""},
		"no last caller":     {star.Request{Endpoint: "front-desk", Action: star.BlockLast}, "", time.Time{}, star.NoCaller, ""},
		"something else":     {star.Request{Endpoint: "front-desk", Action: "unknown", Called: true, Caller: caller(pest)}, "", time.Time{}, star.Unknown, ""},
		"withheld":           {of(screen.Caller{Withheld: true}), "", time.Time{}, star.Withheld, ""},
		"withheld and known": {of(screen.Caller{Number: number(pest), Withheld: true}), "", time.Time{}, star.Withheld, ""},
		"no number":          {of(caller("")), "", time.Time{}, star.Withheld, ""},
		"unreadable":         {of(caller("eve")), "", time.Time{}, star.Refused, ""},
		"digits in a text":   {of(screen.Caller{Number: number(pest), Unreadable: true}), "", time.Time{}, star.Refused, ""},
		"own number":         {of(caller("+4930888100")), "", time.Time{}, star.Refused, ""},
		"extension":          {of(caller("101")), "", time.Time{}, star.Refused, ""},
		"emergency number":   {of(caller("112")), "", time.Time{}, star.Refused, ""},
		"the same, abroad":   {of(caller("+49112")), "", time.Time{}, star.Refused, ""},

		"remove":                   {remove, "block " + pest, time.Time{}, star.Removed, "remove"},
		"remove, for a time":       {remove, "block " + pest, later, star.Removed, "remove"},
		"remove what is not there": {remove, "", time.Time{}, star.NotListed, ""},
		"remove what a prefix has": {remove, "block +4930*", time.Time{}, star.NotListed, ""},
		"remove what is allowed":   {remove, "allow " + pest, time.Time{}, star.NotListed, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts, rules := listed(t, test.listed, test.expires)
			policy := samplePolicy(t)
			policy.Rules = blacklist.NewRules(rules)
			decision := star.Decide(test.request, facts, policy, now)
			if decision.Result != test.want || (decision.Edit == nil) == (decision.Reason == "") {
				t.Errorf("got %+v, want %s and a reason or an edit", decision, test.want)
			}
			if got := edited(decision.Edit); got != test.edit {
				t.Fatalf("edit %q, want %q", got, test.edit)
			}
			if decision.Edit == nil {
				return
			}
			var before *blacklist.Entry
			if len(facts.Entries) > 0 {
				before = &facts.Entries[0]
			}
			if !blacklist.Same(decision.Edit.Before, before) {
				t.Errorf("before %v, want %v", decision.Edit.Before, before)
			}
			if after := decision.Edit.After; after != nil {
				want := blacklist.Entry{Rule: rule(t, pest), Kind: blacklist.Block, Source: "star", Author: "PJSIP/front-desk", Created: now.Truncate(time.Second)}
				if !blacklist.Same(after, &want) || !after.Created.Equal(want.Created) {
					t.Errorf("writes %+v, want %+v", after, want)
				}
			}
		})
	}
}

func edited(edit *blacklist.Edit) string {
	switch {
	case edit == nil:
		return ""
	case edit.After == nil:
		return "remove"
	}
	return edit.After.String()
}

// listed parts entries into those for just the pest and the others.
func listed(t *testing.T, text string, expires time.Time) (facts screen.Facts, others []blacklist.Entry) {
	t.Helper()
	for part := range strings.SplitSeq(text, ", ") {
		kind, about, found := strings.Cut(part, " ")
		if !found {
			continue
		}
		entry := blacklist.Entry{Rule: rule(t, about), Kind: blacklist.Kind(kind), Expires: expires}
		if about == pest {
			facts.Entries = append(facts.Entries, entry)
		} else {
			others = append(others, entry)
		}
	}
	return facts, others
}

func samplePolicy(tb interface{ Fatal(args ...any) }) policy.Policy {
	settings := policy.DefaultSettings()
	for name, value := range map[string]string{"star-extensions": "100,front-desk", "own": "+4930888100"} {
		if err := settings.Set(name, value, ""); err != nil {
			tb.Fatal(err)
		}
	}
	return policy.Policy{Settings: settings}
}

func rule(t *testing.T, text string) blacklist.Rule {
	t.Helper()
	rule, err := blacklist.ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func number(text string) phone.Number { return phone.Region("DE").Caller(text) }

func caller(text string) screen.Caller { return screen.ReadCaller(text, "allowed", "", "DE") }

// Whatever the setting holds, a channel that is no telephone's may nothing.
func TestDecide_NoTelephone(t *testing.T) {
	t.Parallel()
	policy := samplePolicy(t)
	policy.Settings.StarExtensions = []string{""}
	request := star.Request{Action: star.BlockLast, Called: true, Caller: caller(pest)}
	if got := star.Decide(request, screen.Facts{}, policy, now); got.Result != star.NotPermitted || got.Edit != nil {
		t.Errorf("got %+v", got)
	}
}

// FuzzRead holds that whatever a telephone's channel and its dialplan say, only a
// telephone that the settings name changes anything, and only one number.
func FuzzRead(f *testing.F) {
	for _, args := range [][5]string{
		{"star", "block-last", "%2B4930666200", "allowed", "12"},
		{"star", "remove-last", "%2331%23%2B4930666200", "prohib", ""},
		{"star", "block-all", "%zz\x00\xff", "\n", "-1"},
		{},
	} {
		f.Add(args[0], args[1], args[2], args[3], args[4], channel, "DE")
	}
	settings := policy.DefaultSettings()
	settings.StarExtensions = []string{"front-desk"}
	f.Fuzz(func(t *testing.T, mark, action, caller, presentation, length, name, region string) {
		args := []string{mark, action, caller, presentation, length}
		if star.IsRequest(args) != (mark == star.Mark) {
			t.Fatalf("%q", args)
		}
		request := star.Read(args, "1.1", name, phone.Region(region))
		decision := star.Decide(request, screen.Facts{}, policy.Policy{Settings: settings}, now)
		if decision.Edit == nil {
			return
		}
		if request.Endpoint != "front-desk" || request.Caller.Hidden() || decision.Edit.Rule.Pattern.IsPrefix() {
			t.Fatalf("%q of %q: %+v", args, name, decision.Edit)
		}
	})
}
