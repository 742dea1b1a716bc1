package screen_test

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
)

// working is a schedule by which 100 works until seven in the evening.
func working(t *testing.T) schedule.Schedule {
	t.Helper()
	hours, err := schedule.Parse("mon-fri 09:00-19:00; zone UTC", nil)
	if err != nil {
		t.Fatal(err)
	}
	number, err := phone.ParseNumber("100")
	if err != nil {
		t.Fatal(err)
	}
	return schedule.New(map[phone.Pattern]schedule.Hours{number.Pattern(): hours}, schedule.Hours{}, nil)
}

func rules(t *testing.T, text string) repeat.Rules {
	t.Helper()
	rules, err := repeat.ParseRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// The policy alone says which calls the rules count.
func TestPolicy_Count(t *testing.T) {
	t.Parallel()
	evening := noon.Add(8 * time.Hour)
	for name, test := range map[string]struct {
		args  []string
		at    time.Time
		rules string
		want  string
	}{
		"off":                               {[]string{"100", "+4930666200"}, evening, "off", "off"},
		"outside working time":              {[]string{"100", "+4930666200"}, evening, "on", "5 in 5m off-hours"},
		"in working time":                   {[]string{"100", "+4930666200"}, noon, "on", "off"},
		"a number without working time":     {[]string{"200", "+4930666200"}, evening, "on", "off"},
		"always":                            {[]string{"100", "+4930666200"}, noon, "5 in 5m; 20 in 1h always", "20 in 1h always"},
		"both":                              {[]string{"100", "+4930666200"}, evening, "5 in 5m; 20 in 1h always", "5 in 5m off-hours; 20 in 1h always"},
		"per dialled number, that is known": {[]string{"200", "+4930666200"}, noon, "5 in 5m always per dialled", "5 in 5m always per dialled"},
		"per dialled number, that is not":   {[]string{"", "+4930666200"}, noon, "5 in 5m always per dialled", "off"},
		"withheld":                          {[]string{"100", "+4930666200", "prohib"}, evening, "on", "off"},
		"no caller ID":                      {[]string{"100", ""}, evening, "on", "off"},
		"no number":                         {[]string{"100", "alice"}, evening, "on", "off"},
		"unreadable":                        {[]string{"100", "+4930666200%23"}, evening, "on", "off"},
		"an own number":                     {[]string{"100", "+4930231250"}, evening, "on", "off"},
		"an emergency number":               {[]string{"100", "112"}, evening, "on", "off"},
		"under an allowed prefix":           {[]string{"100", "+442071838750"}, evening, "on", "off"},
		"under a blocked prefix":            {[]string{"100", "+331234567"}, evening, "on", "off"},
	} {
		settings := policy.DefaultSettings()
		settings.Repeat = rules(t, test.rules)
		if err := settings.Set("own", "+4930231250", ""); err != nil {
			t.Fatal(err)
		}
		policy := policy.Policy{
			Settings: settings, Schedule: working(t), Rules: blacklist.NewRules(entries(t, "allow +4420*", "block +33*")),
		}
		call := screen.ReadCall(test.args, "", "")
		call.ID, call.Origin, call.At = "channel", "pbx", test.at
		count := screen.NewCount(call, policy)
		if got := count.Rules.String(); got != test.want {
			t.Errorf("%s: counted by %s, want %s", name, got, test.want)
		}
		if !count.List || count.ID != "channel@pbx" || !count.At.Equal(test.at) {
			t.Errorf("%s: count = %+v", name, count)
		}
	}
}

// Every rule says what it makes of the call.
func TestDecide_Repeat(t *testing.T) {
	t.Parallel()
	evening := noon.Add(8 * time.Hour)
	listed := entry(t, "block +4930666200")
	for name, test := range map[string]struct {
		caller string
		at     time.Time
		facts  screen.Facts
		want   []string
		check  string
	}{
		"the fourth call": {
			caller: "+4930666200", at: evening, facts: counted(t, 4, 4),
			want: []string{
				"no match 5 in 5m off-hours: call number 4",
				"no match 20 in 1h always for 1d: call number 4",
			}, check: screen.CheckDefault,
		},
		"the fifth call": {
			caller: "+4930666200", at: evening,
			facts: func() screen.Facts { f := counted(t, 5, 5); f.Listed = &listed; return f }(),
			want: []string{
				"refuse 5 calls in 5m outside working time: now on the list permanently",
				"no match 20 in 1h always for 1d: call number 5",
			}, check: screen.CheckRepeat,
		},
		"the fifth call in working time": {
			caller: "+4930666200", at: noon, facts: counted(t, 5, 5),
			want: []string{
				"no match 5 in 5m off-hours: it is working time",
				"no match 20 in 1h always for 1d: call number 5",
			}, check: screen.CheckDefault,
		},
		"a call that is not counted for a prefix": {
			caller: "+442071838750", at: evening, facts: counted(t, 5, 5),
			want: []string{"no match not counted: already decided above"}, check: screen.CheckPrefix,
		},
		"a short number": {
			caller: "112", at: evening, facts: counted(t, 5, 5),
			want: []string{"no match short and emergency numbers are not counted"}, check: screen.CheckDefault,
		},
		"the store is unreachable": {
			caller: "+4930666200", at: evening, facts: screen.Facts{Missing: "down"},
			want: []string{"unknown down", "unknown down"}, check: screen.CheckDefault,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			settings := policy.DefaultSettings()
			settings.Repeat = rules(t, "5 in 5m; 20 in 1h always for 1d")
			policy := policy.Policy{Settings: settings, Schedule: working(t), Rules: blacklist.NewRules(entries(t, "block +4420*"))}
			call := screen.ReadCall([]string{"100", test.caller}, "", "")
			call.At = test.at
			verdict := screen.Decide(call, test.facts, policy)
			var got []string
			for _, check := range verdict.Checks {
				if check.Name == screen.CheckRepeat {
					got = append(got, string(check.Outcome)+" "+check.Reason)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("checks (-want +got):\n%s", diff)
			}
			if verdict.Decided().Name != test.check {
				t.Errorf("decided by %s, want %s", verdict.Decided().Name, test.check)
			}
			if verdict.Hours.Closed() != test.at.Equal(evening) {
				t.Errorf("hours = %s", verdict.Hours)
			}
		})
	}
}

func counted(t *testing.T, first, second int) screen.Facts {
	t.Helper()
	both := rules(t, "5 in 5m; 20 in 1h always for 1d")
	return screen.Facts{Counts: map[repeat.Rule]int{both[0]: first, both[1]: second}}
}

// ring places a call at a moment, from a dialplan that takes calls outside
// working time back at an extension of their own.
func (h *system) ring(t *testing.T, id, caller string, at time.Time) {
	t.Helper()
	call := screen.ReadCall([]string{"100", caller, "", "", "", "", "hours"}, "", "")
	call.ID, call.At = id, at
	if err := h.screener.Screen(t.Context(), call); err != nil {
		t.Fatal(err)
	}
}

func newRepeatSystem(t *testing.T) *system {
	t.Helper()
	h := newSystem(t)
	h.store.policy.Version = "2"
	h.store.policy.Settings.Repeat = repeat.Rules{repeat.Default()}
	h.store.policy.Schedule = working(t)
	return h
}

// The seed's example: the working day ends at seven, someone calls five times
// in five minutes, and the fifth call is refused.
func TestScreener_ListsARepeatCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newRepeatSystem(t)
		for i := range 6 {
			h.ring(t, strconv.Itoa(i), "+4930666201", noon.Add(7*time.Hour).Add(time.Duration(i)*time.Minute))
		}
		want := []string{"allow-closed", "allow-closed", "allow-closed", "allow-closed", "decline", "decline"}
		if diff := cmp.Diff(want, h.asterisk.did); diff != "" {
			t.Errorf("asked of Asterisk (-want +got):\n%s", diff)
		}
		if fifth := h.records[4]; fifth.Verdict != calllog.Refused || fifth.Check != "repeat" || fifth.Rule != "block +4930666201" ||
			fifth.HitRule != "+4930666201" || fifth.Text != calllog.BlockedText {
			t.Errorf("fifth record = %+v", fifth)
		}
		if sixth := h.records[5]; sixth.Check != "list" {
			t.Errorf("sixth record = %+v", sixth)
		}
		if h.listings() != 1 || h.onListed != 1 {
			t.Errorf("%v listings counted, %d reported, want 1", h.listings(), h.onListed)
		}
	})
}

func (h *system) listings() float64 {
	families, _ := h.registry.Gather()
	for _, family := range families {
		if family.GetName() == "ringfence_repeat_listings_total" {
			return family.GetMetric()[0].GetCounter().GetValue()
		}
	}
	return -1
}

// While Ringfence only observes, no one is listed, and the log says who would be.
func TestScreener_ObservesARepeatCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newRepeatSystem(t)
		h.store.policy.Settings.Mode = policy.Observe
		for i := range 6 {
			h.ring(t, strconv.Itoa(i), "+4930666201", noon.Add(7*time.Hour).Add(time.Duration(i)*time.Second))
		}
		for i, record := range h.records {
			want := calllog.Passed
			if i >= 4 {
				want = calllog.Observed
			}
			if record.Verdict != want {
				t.Errorf("call %d: %s, want %s", i+1, record.Verdict, want)
			}
		}
		if h.onListed != 0 || h.listings() != 0 {
			t.Errorf("reported %d, listed %v", h.onListed, h.listings())
		}
	})
}

// A call that an older policy would count is not counted by it: the newer one
// says how.
func TestScreener_CountsByTheNewerPolicy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newRepeatSystem(t)
		for i := range 4 {
			h.ring(t, strconv.Itoa(i), "+4930666201", noon.Add(7*time.Hour).Add(time.Duration(i)*time.Second))
		}
		h.store.policy.Version = "3"
		hours, err := schedule.Parse("mon-fri 09:00-20:00; zone UTC", nil)
		if err != nil {
			t.Fatal(err)
		}
		h.store.policy.Schedule = schedule.New(nil, hours, nil)
		h.ring(t, "fifth", "+4930666201", noon.Add(7*time.Hour).Add(time.Minute))
		if got := h.asterisk.did[4]; got != "allow" {
			t.Errorf("the fifth call got %s, want allow", got)
		}
		if h.listings() != 0 {
			t.Error("the caller is listed by the older policy")
		}
	})
}

// A policy that has come between two calls counts the second one.
func TestScreener_CountsByARuleThatIsNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newRepeatSystem(t)
		h.store.policy.Settings.Repeat = nil
		h.ring(t, "0", "+4930666201", noon.Add(7*time.Hour))
		h.store.policy.Version = "3"
		h.store.policy.Settings.Repeat = repeat.Rules{repeat.Default()}
		h.ring(t, "1", "+4930666201", noon.Add(7*time.Hour+time.Second))
		if got := h.records[1].Checks[3].Reason; got != "5 in 5m off-hours: call number 1" {
			t.Errorf("the second call: %s", got)
		}
	})
}

// A store that answers and doesn't count costs the count alone: listed callers
// stay refused however many calls come, others continue.
func TestScreener_ScreensWithoutCounts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newRepeatSystem(t)
		h.store.uncounted = "Redis is full"
		for i := range 9 {
			caller, want := "+4930666201", calllog.Passed
			if i%3 == 2 {
				caller, want = listed, calllog.Refused
			}
			h.ring(t, strconv.Itoa(i), caller, noon.Add(7*time.Hour).Add(time.Duration(i)*time.Second))
			if h.records[i].Verdict != want || h.records[i].Degraded != "" {
				t.Errorf("call %d: %+v", i, h.records[i])
			}
		}
		if got := h.records[0].Checks[3]; got.Outcome != string(screen.Unknown) || got.Reason != "Redis is full" {
			t.Errorf("the check of rate rules: %+v", got)
		}
	})
}

// An earlier dialplan has no extension for calls outside working time.
func TestScreener_AsksAnEarlierDialplanForNothingNew(t *testing.T) {
	t.Parallel()
	call := screen.ReadCall([]string{"100", "+4930666201", "", "", "", "12"}, "", "")
	if call.HasClosedExit {
		t.Error("the hours are sent to a dialplan that does not ask for them")
	}
}
