package blacklist_test

import (
	"fmt"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// Of the entries that match a call, the most specific one comes first.
func ExampleRules_Match() {
	entry := func(kind blacklist.Kind, pattern string) blacklist.Entry {
		p, err := phone.ParsePattern(pattern)
		if err != nil {
			panic(err)
		}
		return blacklist.Entry{Rule: blacklist.Rule{Pattern: p}, Kind: kind}
	}
	rules := blacklist.NewRules([]blacklist.Entry{
		entry(blacklist.Block, "+44*"),
		entry(blacklist.Block, "+442071*"),
		entry(blacklist.Allow, "+442071838750"),
	})

	plumber := phone.Region("GB").Caller("020 7183 8750")
	for _, match := range rules.Match(plumber, phone.Number{}, time.Now()) {
		fmt.Println(match)
	}
	// Output:
	// allow +442071838750
	// block +442071*
	// block +44*
}
