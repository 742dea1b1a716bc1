package blacklist

import (
	"fmt"

	"github.com/ringfence/ringfence/phone"
)

// MinPrefixDigits is the length from which a prefix may be listed without
// being asked twice: "+4930*" still stands for a whole city.
const MinPrefixDigits = 5

// minNumberDigits is the length from which a number may be listed without
// being asked twice: a shorter one is more likely the rest of a number that was
// typed with a blank.
const minNumberDigits = 3

// Risk says why an entry probably blocks more callers than its author
// means; it returns "" for an entry that raises none. Own are the company's
// own numbers.
func Risk(entry Entry, own []phone.Number) string {
	if entry.Kind != Block {
		return ""
	}
	pattern := entry.Rule.Pattern
	for _, number := range own {
		if pattern.Matches(number) {
			if !pattern.IsPrefix() {
				return fmt.Sprintf("%s is an own number", pattern)
			}
			return fmt.Sprintf("%s covers the own number %s", pattern, number)
		}
	}
	if !pattern.IsPrefix() && pattern.Digits() < minNumberDigits {
		return fmt.Sprintf("the number %s has less than %d digits", pattern, minNumberDigits)
	}
	if pattern.IsPrefix() && pattern.Digits() < MinPrefixDigits {
		return fmt.Sprintf("the prefix %s is shorter than %d digits", pattern, MinPrefixDigits)
	}
	return ""
}
