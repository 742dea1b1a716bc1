package main

import (
	"bufio"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestPercentile(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for i := range 200 {
		times = append(times, time.Duration(i+1)*time.Millisecond)
	}
	for _, test := range []struct {
		name    string
		sorted  []time.Duration
		percent int
		want    float64
	}{
		{"none", nil, 50, 0},
		{"one", times[:1], 99, 1},
		{"two", times[:2], 50, 1},
		{"middle", times, 50, 100},
		{"nearly all", times, 99, 198},
		{"all", times, 100, 200},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := percentile(test.sorted, test.percent); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestSummaryCountsWhatWentWrong(t *testing.T) {
	t.Parallel()
	got := summary([]*call{
		{code: refusal, took: time.Millisecond, late: 50 * time.Microsecond},
		{code: 200, took: 2 * time.Millisecond},
		{resent: 3},
	})
	want := result{Calls: 3, Wrong: 1, Lost: 1, Resent: 3, P50: 2, P99: 5000, Max: 5000, Late: 0.05}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestMedianSumsCallsAndTakesTheMiddleOfTimes(t *testing.T) {
	t.Parallel()
	got := median([]result{
		{Target: bare, Rate: 200, Calls: 10, P50: 1, P99: 90, CPU: map[string]float64{"redis": 1}},
		{Target: bare, Rate: 200, Calls: 10, Lost: 1, P50: 3, P99: 2, CPU: map[string]float64{"redis": 2}},
		{Target: bare, Rate: 200, Calls: 10, P50: 2, P99: 3, CPU: map[string]float64{"redis": 3}},
	})
	want := result{Target: bare, Rate: 200, Calls: 30, Lost: 1, P50: 2, P99: 3, CPU: map[string]float64{"redis": 6}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := median([]result{{P50: 1}, {P50: 4}}).P50; got != 2.5 {
		t.Errorf("the middle of 1 and 4 is %v", got)
	}
}

func TestArrivalsAreTheSameForASeed(t *testing.T) {
	t.Parallel()
	times := arrivals(400, 5*time.Second, 1)
	if !slices.Equal(times, arrivals(400, 5*time.Second, 1)) {
		t.Error("they differ from one time to the next")
	}
	if slices.Equal(times, arrivals(400, 5*time.Second, 2)) {
		t.Error("they are the same for another seed")
	}
	if !slices.IsSorted(times) || times[len(times)-1] >= 5*time.Second {
		t.Error("they are not in order, or too late")
	}
	if n := len(times); n < 1800 || n > 2200 {
		t.Errorf("there are %d, far from 2000", n)
	}
}

func TestLimitIsFoundBetweenTwoRates(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name         string
		supports     float64
		want, failed float64
	}{
		{"above the first", 1100, 1010, 1210},
		{"the first itself", 700, 700, 840},
		{"below the first", 500, 480, 580},
		{"far above", 1e6, 3010, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			l := &limit{next: 700}
			for !l.done() {
				r := result{Calls: 1, P99: 1}
				if l.next > test.supports {
					r.P99 = maxP99
				}
				l.learn(r)
			}
			if l.Supports != test.want && test.failed != 0 || l.Fails != test.failed || l.steps > searchSteps {
				t.Errorf("supports %g, fails at %g after %d steps; want %g and %g", l.Supports, l.Fails, l.steps, test.want, test.failed)
			}
		})
	}
}

func TestOneBadStepDoesNotEndTheSearch(t *testing.T) {
	t.Parallel()
	l := &limit{next: 700}
	l.learn(result{Calls: 100, Lost: 1, P99: 1})
	if l.done() || l.next != 700 {
		t.Errorf("done: %v, next %g; want another try at 700", l.done(), l.next)
	}
}

func TestReadAGI(t *testing.T) {
	t.Parallel()
	text := "agi_request: agi://127.0.0.1\nagi_callerid: +491701234567\r\nagi_calleridname: A: B\nagi_extension\n\nrest"
	got, err := readAGI(bufio.NewReader(strings.NewReader(text)))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{
		"agi_request": "agi://127.0.0.1", "agi_callerid": "+491701234567", "agi_calleridname": "A: B", "agi_extension": "",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if _, err := readAGI(bufio.NewReader(strings.NewReader("agi_request: x\n"))); err == nil {
		t.Error("no error where the end is missing")
	}
}

func TestReadOptions(t *testing.T) {
	t.Parallel()
	all := []string{bare, astDB, fastAGI, ariOnly, ringfence}
	for _, test := range []struct {
		name string
		args []string
		want options
		fail string
	}{
		{"nothing", nil, options{100_000, []float64{50, 200, 400, 700, 1000}, 4 * time.Second, 3, all, true, 0, ""}, ""},
		{"quick", []string{"--quick"}, options{100_000, []float64{200, 400, 700, 1000}, 2 * time.Second, 1, all, true, 0, ""}, ""},
		{"quick with rounds", []string{"--quick", "--rounds", "2"}, options{100_000, []float64{200, 400, 700, 1000}, 2 * time.Second, 2, all, true, 0, ""}, ""},
		{
			"all",
			[]string{"--entries=5", "--rates=1,2.5", "--seconds=.5", "--rounds=1", "--targets=ringfence", "--search=false"},
			options{5, []float64{1, 2.5}, 500 * time.Millisecond, 1, []string{ringfence}, false, 0, ""},
			"",
		},
		{
			"another build",
			[]string{"--quick", "--rates=1", "--targets=ringfence", "--other=bin/before"},
			options{100_000, []float64{1}, 2 * time.Second, 1, []string{ringfence, other}, true, 0, "bin/before"},
			"",
		},
		{"another build that is not named", []string{"--targets", "other"}, options{}, "needs a program: --other"},
		{"a target that is not", []string{"--targets", "curl"}, options{}, `unknown target "curl": choose from bare,astdb,fastagi,continue,ringfence,other`},
		{"a rate that is none", []string{"--rates", "1,x"}, options{}, `invalid rate "x": use a number`},
		{"no rate", []string{"--rates", "0"}, options{}, "rates must be above 0"},
		{"not a number", []string{"--rates", "NaN"}, options{}, "rates must be above 0"},
		{"no entries", []string{"--entries", "0"}, options{}, "entries must be"},
		{"no rounds", []string{"--rounds", "0"}, options{}, "at least one round"},
		{"a word", []string{"fast"}, options{}, `unexpected argument "fast"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, _, err := readOptions(test.args, io.Discard)
			if test.fail != "" {
				if err == nil || !strings.Contains(err.Error(), test.fail) {
					t.Errorf("error %v, want one with %q", err, test.fail)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReportSaysWhatWasFound(t *testing.T) {
	t.Parallel()
	r := report{
		Machine: machine{Cores: 2, CPU: "Test", Kernel: "6.1", Go: "go1.26", Asterisk: "22", Redis: "8", Load: "0.01"},
		Options: options{Entries: 5, Rates: []float64{200}, Length: time.Second, Rounds: 1},
		measurements: measurements{
			Results: []result{
				{Target: bare, Rate: 200, Calls: 200, P50: 1, P99: 2},
				{Target: fastAGI, Rate: 200, Calls: 200, P50: 2, P99: 4, CPU: map[string]float64{fastAGI: 0.1}},
				{Target: ariOnly, Rate: 200, Calls: 200, P50: 1.25, P99: 3, CPU: map[string]float64{ariOnly: 0.04}},
				{Target: ringfence, Rate: 200, Calls: 200, Lost: 1, P50: 1.5, P99: 3, CPU: map[string]float64{ringfence: 0.06}, Others: 0.12},
			},
			Limits: []*limit{{Target: bare, Supports: 700}},
		},
	}
	var out strings.Builder
	if err := r.print(&out); err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(out.String()), " ")
	for _, want := range []string{
		"2 cores, Test, Linux 6.1, load before the start 0.01 Asterisk 22, Redis 8, go1.26",
		"200 bare 1.00 2.00 0 0 – – – –",
		"200 fastagi 2.00 4.00 0 0 – – 0.50 –",
		"200 ringfence 1.50 3.00 0 0.50 % – – 0.30 – 12 %",
		"bare 700 calls/s not found",
		"200 continue 1.25 3.00 0 0 – – 0.20 –",
		"200 0.75 0.75 0.50 ms 0.25 ms",
	} {
		if !strings.Contains(words, want) {
			t.Errorf("no %q in:\n%s", want, out.String())
		}
	}
}
