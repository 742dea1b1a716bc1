package phone_test

import (
	"testing"

	"github.com/ringfence/ringfence/phone"
)

func TestNumber_Short(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"112":           true,
		"911":           true,
		"+49112":        true,
		"+49116117":     true,
		"+1911":         true,
		"101":           true,
		"123456":        true,
		"*32":           true,
		"+4930666200":   false,
		"+15551230000":  false,
		"+298123456":    false, // a whole number of the Faroe Islands
		"030666200":     false, // national, while no region is set
		"withheld":      false,
		"unreadable":    false,
		"":              false,
		"+999123456789": false,
	} {
		n, err := phone.ParseNumber(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Short(); got != want {
			t.Errorf("%q: Short() = %v, want %v", text, got, want)
		}
	}
}
