package store_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
)

func TestFactsTellOfTheCallerAlone(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			general, scoped := block(t, "+4930123456"), allow(t, "+4930123456:to:100")
			for _, entry := range []*blacklist.Entry{&general, &scoped} {
				entry.Created, entry.Action, entry.Reason = day, blacklist.Busy, "spam"
			}
			general.Expires = time.Now().Add(time.Hour).Round(time.Second).UTC()
			h.put(t, general, scoped, block(t, "+49301234567"), block(t, "+4930*"))

			equal(t, "to 100", h.facts(t, "+4930123456", "100"), []blacklist.Entry{general, scoped})
			equal(t, "to 101", h.facts(t, "+4930123456", "101"), []blacklist.Entry{general})
			equal(t, "to nobody", h.facts(t, "+4930123456", ""), []blacklist.Entry{general})
			equal(t, "unlisted", h.facts(t, "+4930123450", "100"), []blacklist.Entry(nil))

			for _, hidden := range []phone.Number{{}, phone.Region("").Caller("anonymous"), phone.Region("").Caller("?!")} {
				facts, err := h.Facts(t.Context(), hidden, number(t, "100"))
				if err != nil {
					t.Fatal(err)
				}
				equal(t, "version", counter(t, facts.PolicyVersion), int64(2))
				facts.PolicyVersion = ""
				equal(t, hidden.Kind().String(), facts, screen.Facts{})
			}
		})
	}
}

func TestVersionGrowsWithThePolicy(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			set := func(name, text string) func() {
				return func() {
					if err := h.SetSettings(t.Context(), func(s *policy.Settings) error { return s.Set(name, text, "") }); err != nil {
						t.Fatal(err)
					}
				}
			}
			put := func(entry blacklist.Entry) func() { return func() { h.put(t, entry) } }
			remove := func(text string) func() { return func() { h.remove(t, text) } }
			reason := block(t, "+4420*")
			reason.Reason = "spam"

			equal(t, "at first", h.version(t), int64(0))
			for _, step := range []struct {
				name  string
				do    func()
				grows bool
			}{
				{"a prefix", put(block(t, "+4420*")), true},
				{"the same prefix", put(block(t, "+4420*")), false},
				{"its reason", put(reason), true},
				{"its kind", put(allow(t, "+4420*")), true},
				{"no prefix", remove("+4421*"), false},
				{"removing it", remove("+4420*"), true},
				{"a blocked number", put(block(t, "+4420123")), false},
				{"an allowed number", put(allow(t, "+4420123")), true},
				{"the same allowed number", put(allow(t, "+4420123")), false},
				{"blocking it again", put(block(t, "+4420123")), true},
				{"removing a blocked number", remove("+4420123"), false},
				{"an allowed number again", put(allow(t, "+4420123")), true},
				{"removing it", remove("+4420123"), true},
				{"a setting", set("mode", "observe"), true},
				{"the same setting", set("mode", "observe"), false},
				{"the default setting", set("mode", "enforce"), true},
			} {
				before := h.version(t)
				step.do()
				if grown := h.version(t) - before; grown != 0 && grown != 1 || (grown == 1) != step.grows {
					t.Errorf("%s: the version grows by %d, want growth: %v", step.name, grown, step.grows)
				}
			}
		})
	}
}

func TestPolicyIsWhatTheStoreHolds(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			empty, err := h.Policy(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "empty", empty.Settings, policy.DefaultSettings())
			equal(t, "empty", empty.Rules.Len(), 0)

			brief := block(t, "+4420*")
			brief.Reason, brief.Expires = "spam", time.Now().Add(time.Hour).Round(time.Second).UTC()
			h.put(t,
				brief, allow(t, "+442079*"), block(t, "+33*:to:100"), block(t, "10*"),
				block(t, "+442079460000"), allow(t, "+442012345"), allow(t, "+442012345:to:100"), allow(t, "+3312345"),
				allow(t, "+4930123456"), allow(t, "101"), block(t, "102"))
			h.put(t, block(t, "101"))
			if err := h.SetSettings(t.Context(), func(s *policy.Settings) error { return s.Set("own", "+4930888,100", "") }); err != nil {
				t.Fatal(err)
			}

			policy, err := h.Policy(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, entry := range policy.Rules.Entries() {
				got = append(got, entry.String())
			}
			equal(t, "rules", got, []string{
				"block +33* for calls to 100", "allow +3312345", "block +4420*", "allow +442012345", "allow +442012345 for calls to 100",
				"allow +442079*", "block 10*",
			})
			equal(t, "version", counter(t, policy.Version), h.version(t))
			equal(t, "own", policy.Settings.Own, []phone.Pattern{number(t, "+4930888").Pattern(), number(t, "100").Pattern()})
			match := policy.Rules.Match(number(t, "+44201"), phone.Number{}, time.Now())
			if len(match) != 1 || match[0].Reason != "spam" || !match[0].Expires.Equal(brief.Expires) {
				t.Errorf("the prefix is not whole: %+v", match)
			}
		})
	}
}

func TestSettings(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			set := func(change func(*policy.Settings) error) {
				t.Helper()
				if err := h.SetSettings(t.Context(), change); err != nil {
					t.Fatal(err)
				}
			}
			get := func() policy.Settings {
				t.Helper()
				settings, err := h.Settings(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return settings
			}
			equal(t, "default", get(), policy.DefaultSettings())

			want := policy.DefaultSettings()
			want.Mode, want.Anonymous, want.Own = policy.Observe, "busy", []phone.Pattern{number(t, "+4930888").Pattern()}
			set(func(s *policy.Settings) error { *s = want; return nil })
			equal(t, "changed", get(), want)
			equal(t, "in Redis", h.redis.HGetAll(t.Context(), h.key("settings")).Val(),
				map[string]string{"mode": "observe", "anonymous": "busy", "own": "+4930888"})

			refusal := errors.New("no")
			err := h.SetSettings(t.Context(), func(s *policy.Settings) error { s.Mode = policy.Enforce; return refusal })
			if err != refusal { //nolint:errorlint // the error is promised as it is, not wrapped
				t.Errorf("error %v, want it as it was", err)
			}
			equal(t, "refused", get(), want)

			set(func(s *policy.Settings) error { *s = policy.DefaultSettings(); return nil })
			equal(t, "back", h.redis.Exists(t.Context(), h.key("settings")).Val(), int64(0))
		})
	}
}

func TestASettingThatCannotBeReadKeepsItsDefault(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.redis.HSet(t.Context(), h.key("settings"), "mode", "asleep", "action", "busy", "colour", "red")
			want := policy.DefaultSettings()
			want.Action = blacklist.Busy
			held, err := h.Policy(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "settings", held.Settings, want)
			if err := h.SetSettings(t.Context(), func(s *policy.Settings) error { return s.Set("mode", "observe", "") }); err != nil {
				t.Fatal(err)
			}
			equal(t, "mended", h.redis.HGetAll(t.Context(), h.key("settings")).Val(),
				map[string]string{"mode": "observe", "action": "busy", "colour": "red"})
		})
	}
}

func TestSettingsChangedAtOnceAreAllKept(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			numbers := []string{"+4930001", "+4930002", "+4930003", "+4930004"}
			var group sync.WaitGroup
			for _, own := range numbers {
				group.Go(func() {
					if err := h.SetSettings(t.Context(), func(s *policy.Settings) error {
						s.Own = append(s.Own, number(t, own).Pattern())
						return nil
					}); err != nil {
						t.Error(err)
					}
				})
			}
			group.Wait()
			got := strings.Split(h.redis.HGet(t.Context(), h.key("settings"), "own").Val(), ",")
			slices.Sort(got)
			equal(t, "own", got, numbers)
		})
	}
}

func TestAPolicyIsReadAtOneMoment(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			// Each change keeps exactly one of the two prefixes blocked at its end,
			// and the version says which.
			both := []string{"+4420*", "+4421*"}
			h.put(t, block(t, both[0]))
			first := h.version(t)
			done := make(chan struct{})
			go func() {
				defer close(done)
				for i := range 100 {
					if _, err := h.Put(t.Context(), []blacklist.Entry{block(t, both[(i+1)%2])}); err != nil {
						t.Error(err)
					}
					if _, err := h.Remove(t.Context(), []blacklist.Rule{rule(t, both[i%2])}); err != nil {
						t.Error(err)
					}
				}
			}()
			for running := true; running; {
				select {
				case <-done:
					running = false
				default:
				}
				policy, err := h.Policy(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				// After a Put there are two, after a Remove one.
				if want := 1 + int(counter(t, policy.Version)-first)%2; policy.Rules.Len() != want {
					t.Fatalf("version %s has %d rules, want %d", policy.Version, policy.Rules.Len(), want)
				}
			}
		})
	}
}

// More prefixes than are read while callers wait come page by page.
func TestAPolicyOfManyPrefixes(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			const n = 1_201
			for i := range n {
				h.put(t, block(t, fmt.Sprintf("+49%06d*", 300_000+i)))
			}
			policy, err := h.Policy(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "prefixes", policy.Rules.Len(), n)
			equal(t, "version", counter(t, policy.Version), h.version(t))
		})
	}
}

func TestSortNames(t *testing.T) {
	for _, sort := range blacklist.Sorts() {
		if got, err := blacklist.ParseSort(string(sort)); err != nil || got != sort {
			t.Errorf("%s: %s, %v", sort, got, err)
		}
	}
	if _, err := blacklist.ParseSort("colour"); err == nil || !strings.Contains(err.Error(), "created, number, hits") {
		t.Error("an unknown order gives", err)
	}
}
