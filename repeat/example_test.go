package repeat_test

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// A rule counts calls in a window that slides.
func ExampleCounter_Count() {
	rules, err := repeat.ParseRules("3 in 1m always for 1d")
	if err != nil {
		panic(err)
	}
	var counter repeat.Counter
	caller := phone.Region("DE").Caller("030 888400")
	start := time.Date(2026, time.November, 24, 18, 0, 0, 0, time.UTC)
	for i, after := range []time.Duration{0, 50 * time.Second, 70 * time.Second, 90 * time.Second} {
		call := repeat.Call{ID: strconv.Itoa(i), Caller: caller, At: start.Add(after)}
		counts, tripped := counter.Count(call, rules.Active(false))
		fmt.Println(after, counts, tripped != nil)
	}
	fmt.Println(rules[0].Words(), "listed for", rules[0].Lasts(1), "then", rules[0].Lasts(2))
	// Output:
	// 0s [1] false
	// 50s [2] false
	// 1m10s [2] false
	// 1m30s [3] true
	// 3 calls in 1m listed for 24h0m0s then 168h0m0s
}
