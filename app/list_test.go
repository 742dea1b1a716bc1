package app

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSpellings(t *testing.T) {
	for text, want := range map[string][]string{
		"":                nil,
		"silent calls":    nil,
		"030x":            nil,
		"0306":            {"0306", "+49306"},
		"(030) 123 456":   {"030123456", "+4930123456"},
		"0049 30 123 456": {"+4930123456", "004930123456"},
		"3012":            {"3012"},
		"+49 30":          {"+4930"},
		"+4420*":          {"+4420"},
		"100":             {"100"},
	} {
		if diff := cmp.Diff(want, spellings(text, "DE")); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}
