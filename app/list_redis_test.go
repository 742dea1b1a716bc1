package app_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

// now is the time in these tests.
var now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// newList returns an empty list in a real Redis.
func newList(t *testing.T) (app.List, *store.Store) {
	t.Helper()
	clock := func() time.Time { return now }
	s, err := store.Open(store.Options{URL: labtest.NeedRedis(t, lab.RedisOptions{}).URL(), Prefix: t.Name() + ":", Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return app.List{Store: s, Region: "DE", Now: clock}, s
}

// rules reads numbers as they are typed; lines of a file count from 1.
func rules(t *testing.T, list app.List, to string, numbers ...string) []blacklist.Rule {
	t.Helper()
	dialled, err := app.ReadDialled(to, list.Region)
	if err != nil {
		t.Fatal(err)
	}
	var lines []app.Line
	for _, number := range numbers {
		lines = append(lines, app.Line{Text: number})
	}
	read, _, err := list.ReadRules(lines, dialled)
	if err != nil {
		t.Fatal(err)
	}
	return read
}

func put(t *testing.T, list app.List, said app.EntryInput, read []blacklist.Rule) []blacklist.Change {
	t.Helper()
	changes, err := list.Put(t.Context(), said, read)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

// wantInvalid compares an error with the field and a part of the message. It is the
// only one.
func wantInvalid(t *testing.T, err error, field, text string) {
	t.Helper()
	if all, several := errors.AsType[app.Errors](err); several && len(all) != 1 {
		t.Errorf("got %d errors, want one: %v", len(all), err)
	}
	wantAmong(t, err, field, text)
}

// wantAmong is wantInvalid for an input in which more is wrong.
func wantAmong(t *testing.T, err error, field, text string) {
	t.Helper()
	all, several := errors.AsType[app.Errors](err)
	if !several {
		all = app.Errors{err}
	}
	for _, one := range all {
		typed, ok := errors.AsType[*app.Error](one)
		if ok && typed.Kind == app.Invalid && typed.Field == field && strings.Contains(typed.Message, text) {
			return
		}
	}
	t.Errorf("got %#v, want %q about %q", err, text, field)
}

func TestPutAndCheck(t *testing.T) {
	t.Parallel()
	list, _ := newList(t)
	now := time.Now().Truncate(time.Second) // What ends, ends by the clock of Redis.
	list.Now = func() time.Time { return now }
	changes := put(t, list, app.EntryInput{Kind: blacklist.Block, Action: "busy", Reason: "spam", For: "7d", Source: "manual", Author: "anna"},
		rules(t, list, "", "030 123456", "+4930123456", "0044 207*"))
	if len(changes) != 2 || changes[0].Effect != blacklist.Added || changes[0].Entry.Rule.String() != "+4930123456" ||
		!changes[0].Entry.Expires.Equal(now.Add(7*24*time.Hour)) || changes[0].Entry.Author != "anna" {
		t.Errorf("changes %+v", changes)
	}
	put(t, list, app.EntryInput{Kind: blacklist.Allow}, rules(t, list, "", "+442071234567"))
	for caller, want := range map[string]screen.Outcome{"030/123456": screen.Refuse, "+442079": screen.Refuse, "+442071234567": screen.Pass, "anonymous": screen.Pass} {
		call, err := list.ReadCall(app.CallInput{Caller: caller})
		if err != nil {
			t.Fatal(err)
		}
		if verdict, err := list.CheckCall(t.Context(), call); err != nil || verdict.Outcome != want {
			t.Errorf("%s: %v, %v", caller, verdict.Outcome, err)
		}
	}
}

// What is wrong is named with its field, and nothing is listed.
func TestWrongInput(t *testing.T) {
	t.Parallel()
	list, _ := newList(t)
	for field, said := range map[string]app.EntryInput{
		"action": {Action: "explode"}, "for": {For: "soon"}, "reason": {Reason: "a\nb"}, "source": {Source: strings.Repeat("x", 1001)}, "author": {Author: "\x1b[2J"},
	} {
		wantInvalid(t, list.ValidateEntry(said), field, "")
	}
	for field, asked := range map[string]app.CallInput{"to": {Caller: "+4930123", To: "x"}, "at": {Caller: "+4930123", At: "soon"}, "": {Caller: "x"}} {
		_, err := list.ReadCall(asked)
		wantInvalid(t, err, field, "")
	}
	for field, search := range map[string]app.Search{"kind": {Kind: "x"}, "sort": {Sort: "x"}} {
		_, err := list.ReadSearch(search)
		wantInvalid(t, err, field, "")
	}
	_, err := list.Page(t.Context(), blacklist.Query{Sort: blacklist.ByCreated, Limit: 1, After: "x"})
	wantInvalid(t, err, "after", "")
	_, _, err = list.ReadRules([]app.Line{{Text: "x"}, {Text: "+4930123456", Number: 2}, {Text: "y", Number: 3}}, phone.Pattern{})
	wantAmong(t, err, "", "line 3: ")
	_, _, err = app.ReadTimes("soon", "", now)
	wantInvalid(t, err, "since", "2h for the last two hours")
}

// What is risky wants to be forced; one risky number holds up all.
func TestRiskyEntries(t *testing.T) {
	t.Parallel()
	list, s := newList(t)
	if err := s.SetSettings(t.Context(), func(settings *policy.Settings) error { return settings.Set("own", "030231250", "DE") }); err != nil {
		t.Fatal(err)
	}
	read := rules(t, list, "", "+4930123456", "12", "+49*", "030231250")
	_, err := list.Put(t.Context(), app.EntryInput{Kind: blacklist.Block}, read)
	for _, want := range []string{"12 has fewer than 3 digits", "+49* covers the own number", "+4930231250 is an own number", "nothing was listed"} {
		wantAmong(t, err, "", want)
	}
	if page, err := list.Page(t.Context(), blacklist.Query{}); err != nil || len(page.Rows) != 0 {
		t.Errorf("listed: %v, %v", page.Rows, err)
	}
	if changes := put(t, list, app.EntryInput{Kind: blacklist.Block, Force: true}, read); len(changes) != 4 {
		t.Errorf("forced: %v", changes)
	}
}

// Remove says what was missing, what is there instead, and who is still blocked.
func TestRemove(t *testing.T) {
	t.Parallel()
	list, _ := newList(t)
	block := app.EntryInput{Kind: blacklist.Block}
	put(t, list, block, rules(t, list, "", "+4930123456", "+44207*", "+442071234567"))
	put(t, list, block, rules(t, list, "030888", "+4930777"))
	put(t, list, block, rules(t, list, "+493023125*", "+4930666200"))
	put(t, list, block, rules(t, list, "+4930231250*", "+4930666200"))
	removal, err := list.Remove(t.Context(), append(rules(t, list, "", "+442071234567", "+4930777", "+4930999"), rules(t, list, "_4930231250XX", "+4930666200")...))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range removal.Removed {
		got = append(got, "removed "+entry.Rule.String())
	}
	for _, missing := range removal.Missing {
		got = append(got, "missing "+missing.Rule.String())
		for _, other := range missing.Others {
			got = append(got, "other "+other.String())
		}
	}
	for _, blocked := range removal.Blocked {
		got = append(got, "blocked "+blocked.Number.String()+" by "+blocked.Reason)
	}
	want := []string{
		"removed +442071234567", "removed +4930666200:to:+4930231250*", "missing +4930777", "other +4930777:to:+4930888", "missing +4930999", "blocked +442071234567 by block +44207*",
		"blocked +4930666200 by block +4930666200 for calls to +493023125*",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
