package phone_test

import (
	"testing"

	"github.com/ringfence/ringfence/phone"
)

// A number and its exact pattern have the same text.
func TestNumbersAndTheirPatterns(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"+4930123456", "100", "*21#", "", "withheld", "unreadable"} {
		number, err := phone.ParseNumber(text)
		if err != nil {
			t.Fatal(err)
		}
		pattern := number.Pattern()
		if !number.Known() {
			if pattern != (phone.Pattern{}) {
				t.Errorf("%q: the pattern is %q", text, pattern)
			}
			continue
		}
		if parsed, err := phone.ParsePattern(text); err != nil || pattern != parsed || pattern.Number() != number {
			t.Errorf("%q: %q and %q, %v", text, pattern, pattern.Number(), err)
		}
	}
	prefix, err := phone.ParsePattern("+4930*")
	if err != nil {
		t.Fatal(err)
	}
	if got := prefix.Number(); got != (phone.Number{}) {
		t.Errorf("the number of a prefix is %q", got)
	}
}
