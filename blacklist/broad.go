package blacklist

import (
	"fmt"

	"github.com/ringfence/ringfence/phone"
)

// MinPrefixDigits is the minimum number of digits of a prefix that is no risk. A
// shorter one, such as "+4930*", may cover a whole city.
const MinPrefixDigits = 5

// minNumberDigits is the minimum number of digits of a number that is no risk. A
// shorter one is probably a part of a number that was typed with blanks.
const minNumberDigits = 3

// Risk returns why an entry may block more callers than meant, or callers that somebody
// needs, or "". Own are the company's own numbers, and ranges of them. Emergency numbers
// are 112, 911 and those with a country code: which others are depends on the region.
func Risk(entry Entry, own []phone.Pattern) string {
	if entry.Kind != Block {
		return ""
	}
	pattern := entry.Rule.Pattern
	for _, ours := range own {
		switch {
		case ours == pattern && !ours.IsPrefix():
			return fmt.Sprintf("%s is an own number", pattern)
		case ours.Covers(pattern):
			return fmt.Sprintf("%s is in the range of own numbers %s", pattern, ours)
		case pattern.Covers(ours) && ours.IsPrefix():
			return fmt.Sprintf("%s covers the range of own numbers %s", pattern, ours)
		case pattern.Covers(ours):
			return fmt.Sprintf("%s covers the own number %s", pattern, ours)
		}
	}
	if phone.Region("").Emergency(pattern.Number()) {
		return fmt.Sprintf("%s is an emergency number", pattern)
	}
	if !pattern.IsPrefix() && pattern.Digits() < minNumberDigits {
		return fmt.Sprintf("the number %s has fewer than %d digits", pattern, minNumberDigits)
	}
	if pattern.IsPrefix() && pattern.Digits() < MinPrefixDigits {
		return fmt.Sprintf("the prefix %s has fewer than %d digits", pattern, MinPrefixDigits)
	}
	return ""
}
