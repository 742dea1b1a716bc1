package repeat_test

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

var evening = time.Date(2026, 11, 25, 19, 0, 0, 0, time.UTC)

func number(t interface{ Fatal(...any) }, text string) phone.Number {
	n, err := phone.ParseNumber(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// calls are some of one caller to one number, at seconds after the evening's
// beginning.
func calls(t *testing.T, seconds ...int) []repeat.Call {
	t.Helper()
	var all []repeat.Call
	for i, second := range seconds {
		all = append(all, repeat.Call{
			ID: strconv.Itoa(i), Caller: number(t, "+4930666200"), Dialled: number(t, "100"),
			At: evening.Add(time.Duration(second) * time.Second),
		})
	}
	return all
}

// tripping returns the number of the first call that trips the rule, counted
// from one, 0 if none does.
func tripping(all []repeat.Call, rule repeat.Rule) int {
	var counter repeat.Counter
	for i, call := range all {
		if _, tripped := counter.Count(call, repeat.Rules{rule}); tripped != nil {
			return i + 1
		}
	}
	return 0
}

func TestCounter_Slides(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		seconds []int
		want    int
	}{
		"the fifth of five in five minutes": {[]int{0, 60, 120, 180, 240}, 5},
		"exactly five minutes":              {[]int{0, 60, 120, 180, 300}, 5},
		"a second too late":                 {[]int{0, 60, 120, 180, 301}, 0},
		"the sixth":                         {[]int{0, 60, 120, 180, 301, 330}, 6},
		"over a border of fixed windows":    {[]int{290, 295, 299, 301, 305}, 5},
		"never so many":                     {[]int{0, 100, 200, 300, 400, 500, 600, 700}, 0},
		"all at once":                       {[]int{0, 0, 0, 0, 0}, 5},
		"a clock that is behind":            {[]int{300, 300, 300, 300, 250}, 5},
		"a clock that is wrong":             {[]int{9000, 0, 1, 2, 3, 4}, 6},
	} {
		if got := tripping(calls(t, test.seconds...), repeat.Default()); got != test.want {
			t.Errorf("%s: tripped by call %d, want %d", name, got, test.want)
		}
	}
}

func TestCounter_CountsACallOnce(t *testing.T) {
	t.Parallel()
	var counter repeat.Counter
	call := calls(t, 0)[0]
	for range 10 {
		if counts, tripped := counter.Count(call, repeat.Rules{repeat.Default()}); counts[0] != 1 || tripped != nil {
			t.Errorf("counts = %v, tripped = %v", counts, tripped)
		}
	}
}

func TestCounter_KeepsScopesApart(t *testing.T) {
	t.Parallel()
	var counter repeat.Counter
	perDialled := repeat.Rule{Calls: 2, Within: time.Minute, When: repeat.Always, Scope: repeat.PerDialled}
	perCaller := repeat.Rule{Calls: 3, Within: time.Minute, When: repeat.Always, Scope: repeat.PerCaller}
	all := calls(t, 0, 1, 2)
	all[1].Dialled = number(t, "200")
	for i, want := range [][]int{{1, 1}, {1, 2}, {2, 3}} {
		counts, tripped := counter.Count(all[i], repeat.Rules{perDialled, perCaller})
		if !slices.Equal(counts, want) {
			t.Errorf("call %d: counts = %v, want %v", i, counts, want)
		}
		if i == 2 && (tripped == nil || *tripped != perDialled) {
			t.Errorf("tripped = %v, want the first rule", tripped)
		}
	}
	counter.Restart(all[0], repeat.Rules{perDialled, perCaller}, perCaller)
	if counts, _ := counter.Count(all[2], repeat.Rules{perDialled, perCaller}); !slices.Equal(counts, []int{1, 1}) {
		t.Errorf("after Restart, counts = %v", counts)
	}
}

// With clocks that agree, a rule trips exactly when so many calls lie within
// the span that ends with the call.
func TestCounter_CountsWhatLiesWithin(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rule := repeat.Rule{
			Calls:  rapid.IntRange(2, 6).Draw(t, "calls"),
			Within: time.Duration(rapid.IntRange(1, 60).Draw(t, "within")) * time.Second,
			When:   repeat.Always, Scope: repeat.PerCaller,
		}
		var counter repeat.Counter
		var times []time.Time
		at := evening
		for i := range 30 {
			at = at.Add(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "pause")) * time.Millisecond)
			times = append(times, at)
			want := 0
			for _, earlier := range times {
				if at.Sub(earlier) <= rule.Within {
					want++
				}
			}
			call := repeat.Call{ID: strconv.Itoa(i), Caller: number(t, "+4930666200"), At: at}
			counts, tripped := counter.Count(call, repeat.Rules{rule})
			if counts[0] != want || (tripped != nil) != (want >= rule.Calls) {
				t.Fatalf("call %d: counted %d, tripped %v; want %d of %d", i, counts[0], tripped, want, rule.Calls)
			}
		}
	})
}

// A copy goes its own way, and what has expired is as if it had never been.
func TestCounter_CopyAndExpire(t *testing.T) {
	t.Parallel()
	rules := repeat.Rules{{Calls: 9, Within: time.Minute, When: repeat.Always, Scope: repeat.PerCaller}}
	all := calls(t, 0, 1, 2, 3)
	other := all[0]
	other.Caller = number(t, "+4930555100")
	var counter, twin repeat.Counter
	twin.Count(other, rules)
	for _, call := range all[:2] {
		counter.Count(call, rules)
	}
	twin.Copy(&counter, all[0].Caller)
	twin.Count(all[2], rules)
	for name, want := range map[string]struct {
		of    *repeat.Counter
		count int
	}{"the original": {&counter, 3}, "the copy": {&twin, 4}} {
		if counts, _ := want.of.Count(all[3], rules); counts[0] != want.count {
			t.Errorf("%s counts %d calls, want %d", name, counts[0], want.count)
		}
	}
	if left := twin.Expire(all[3].At.Add(time.Minute)); left != 1 {
		t.Errorf("%d callers are left, want 1", left)
	}
	if counts, _ := twin.Count(all[3], rules); counts[0] != 4 {
		t.Errorf("%d calls of a caller who is left, want 4", counts[0])
	}
	if left := twin.Expire(all[3].At.Add(time.Minute + 1)); left != 0 {
		t.Errorf("%d callers are left, want none", left)
	}
	if counts, _ := twin.Count(other, rules); counts[0] != 1 {
		t.Errorf("%d calls after all has expired, want 1", counts[0])
	}
}
