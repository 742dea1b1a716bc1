package phone_test

import (
	"strings"
	"testing"

	"github.com/ringfence/ringfence/phone"
)

func TestEmergency(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		region, text string
		want         bool
	}{
		{"DE", "110", true},
		{"DE", "112", true},
		{"DE", "+49110", true},
		{"DE", "911", true},
		{"", "112", true},
		{"", "911", true},
		{"", "999", false},
		{"GB", "999", true},
		{"US", "+1911", true},
		{"AU", "000", true},
		{"FR", "15", true},
		{"DE", "100", false},
		{"DE", "11015", false},
		{"DE", "+493023125012", false},
		{"DE", "", false},
		{"DE", "withheld", false},
	} {
		n, err := phone.ParseNumber(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if got := phone.Region(test.region).Emergency(n); got != test.want {
			t.Errorf("Region(%q).Emergency(%q) = %t", test.region, test.text, got)
		}
	}
}

func TestDoubt(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ region, text, want string }{
		{"DE", "110", "110 is an emergency number"},
		{"DE", "+49112", "+49112 is an emergency number"},
		{"DE", "100", "100 is a short code or an extension"},
		{"DE", "666200", "666200 is a short code or an extension"},
		{"US", "555-0123", "5550123 has no area code"},
		{"", "12*", "12* has no country code"},
		{"", "#31#", "#31# is a star code"},
		{"DE", "+120255501234", "+120255501234 has a length that no number of its country has"},
		{"DE", "+49116117", "+49116117 is a short code"},
		{"DE", "+444123456789", "+444123456789 does not exist"},
		{"DE", "212-555-0199", "check that +492125550199 is meant"},
		{"RU", "8 131 234 56 78", "number of another country, +81312345678"},
		{"RU", "8 495 123 45 67", ""},
		{"RU", "+81 3 1234 5678", ""},
		{"JM", "1 212 555 0123", ""},
		{"DE", "030 23125012", ""},
		{"DE", "+49 30 23125012", ""},
		{"DE", "030*", ""},
		{"DE", "+4*", ""},
		{"DE", "+44*", ""},
		{"GB", "04*", "no number of its country begins as +444* does"},
		{"DE", "+442079460123", ""},
		{"US", "202-555-0123", ""},
		{"FR", "01 42 34 56 78", ""},
		{"ES", "912345678", ""},
		{"AU", "13 17 55", ""},
		{"AR", "11 5555-0123", ""},
		{"DE", "151 23456789", ""},
	} {
		region := phone.Region(test.region)
		p, err := region.Pattern(test.text)
		if err != nil {
			t.Errorf("Region(%q).Pattern(%q): %v", test.region, test.text, err)
			continue
		}
		if got := region.Doubt(test.text, p); !strings.Contains(got, test.want) || got != "" && test.want == "" {
			t.Errorf("Region(%q).Doubt(%q) = %q, want %q", test.region, test.text, got, test.want)
		}
	}
}
