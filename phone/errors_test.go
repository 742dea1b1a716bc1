package phone_test

import (
	"strings"
	"testing"

	"github.com/ringfence/ringfence/phone"
)

func TestErrorsSayWhatIsWrongAndWhatToType(t *testing.T) {
	t.Parallel()
	const (
		missing  = "it has no digits; use a number such as +4930123456"
		withheld = "it means no caller ID; to block such callers use: ringfence settings set anonymous=decline"
		star     = "* and # are only for short codes such as *31#; remove them"
		long     = "it has more than 15 digits; a number has at most 15"
		several  = "there is more than one number, or something behind it; write one number at a time"
		single   = several + ", without blanks and slashes, such as +4930123456"
		noRegion = "its country is unknown; use + and the country code, or set --region"
		inner    = "a * is possible only at the end, for any further digits"
		empty    = "there are no digits before the *; use a prefix such as +44*"
	)
	number := func(r phone.Region, text string) error { _, err := r.Number(text); return err }
	pattern := func(r phone.Region, text string) error { _, err := r.Pattern(text); return err }
	for _, test := range []struct {
		read               func(phone.Region, string) error
		region, text, want string
	}{
		{number, "DE", "", `number "": ` + missing},
		{number, "DE", " + ", `number " + ": ` + missing},
		{number, "DE", "anonymous", `number "anonymous": ` + withheld},
		{number, "DE", "+266696687", `number "+266696687": ` + withheld},
		{number, "DE", "spam", `number "spam": it has the letter 's'; use digits only, such as +4930123456`},
		{number, "DE", "--reason", `number "--reason": it has the letter 'r'; use digits only, such as +4930123456`},
		{number, "DE", "030&31", `number "030&31": it has the character '&'; use digits only, such as +4930123456`},
		{number, "DE", "49+30", `number "49+30": there is a + after digits; put it first or remove it`},
		{number, "DE", "+49", `number "+49": it has fewer than three digits after the +; use the whole number, or a prefix such as +44*`},
		{number, "DE", "+4420*", `number "+4420*": ` + star},
		{number, "DE", "4420*", `number "4420*": ` + star},
		{number, "DE", "+4930#", `number "+4930#": it has #, a wildcard of another system; use +4930* for all numbers that begin so, or the whole number`},
		{number, "DE", "1234567890123456", `number "1234567890123456": ` + long},
		{number, "DE", "+9991234567890123", `number "+9991234567890123": ` + long},
		{number, "DE", "030123,030456", `number "030123,030456": ` + several + ": 030123 and 030456"},
		{number, "DE", "030123;030456", `number "030123;030456": ` + several + ": 030123 and 030456"},
		{number, "", "030123456", `number "030123456": ` + noRegion},
		{number, "", "2125550123", `number "2125550123": ` + noRegion},
		{number, "", "0123", `number "0123": ` + noRegion},
		{number, "", "1234567", `number "1234567": ` + noRegion},
		{number, "DE", strings.Repeat("x", 300), `number "` + strings.Repeat("x", 60) + `…": it has the letter 'x'; use digits only, such as +4930123456`},
		{pattern, "DE", "*", `pattern "*": ` + empty},
		{pattern, "DE", "+*", `pattern "+*": ` + empty},
		{pattern, "DE", "", `pattern "": ` + missing},
		{pattern, "DE", "+44*20", `pattern "+44*20": ` + inner},
		{pattern, "DE", "*4420", `pattern "*4420": ` + inner},
		{pattern, "DE", "+4420**", `pattern "+4420**": ` + inner},
		{pattern, "DE", "*31#", `pattern "*31#": ` + inner},
		{pattern, "DE", "31#*", `pattern "31#*": a # cannot be part of a prefix; remove it`},
		{pattern, "DE", "spam*", `pattern "spam*": it has the letter 's'; use digits only, such as +4930123456`},
		{pattern, "DE", "+4420,+4421*", `pattern "+4420,+4421*": ` + single},
		{pattern, "DE", "+4420*,+4421*", `pattern "+4420*,+4421*": ` + several + ": +4420* and +4421*"},
		{pattern, "DE", "+1234567890123456*", `pattern "+1234567890123456*": ` + long},
		{pattern, "DE", "0*", `pattern "0*": national and international numbers begin with it; use a prefix such as +44*`},
		{pattern, "IT", "0*", `pattern "0*": national and international numbers begin with it; use a prefix such as +44*`},
		{pattern, "DE", "00*", `pattern "00*": it ends with the international prefix; use a prefix such as +44*`},
		{pattern, "US", "011*", `pattern "011*": it ends with the international prefix; use a prefix such as +44*`},
		{pattern, "US", "1*", `pattern "1*": no national number begins with it; for all numbers of the country use +1*`},
		{pattern, "US", "020*", `pattern "020*": no national number begins with it; for all numbers of the country use +1*`},
		{pattern, "DE", "000*", `pattern "000*": no national number begins with it; for all numbers of the country use +49*`},
		{pattern, "DE", "4930*", `pattern "4930*": it is ambiguous, with or without a country code; use +4930* or 04930*`},
		{pattern, "IT", "39*", `pattern "39*": it is ambiguous, with or without a country code; use +39* or +3939*`},
		{pattern, "DE", "4420*", `pattern "4420*": it is ambiguous, a national or an international prefix; use 04420* or +4420*`},
		{pattern, "RU", "495*", `pattern "495*": it is ambiguous, a national or an international prefix; use 8495* or +495*`},
		{pattern, "SG", "0049*", `pattern "0049*": it is ambiguous; use +9* or +49*`},
		{pattern, "BR", "005521*", `pattern "005521*": it is ambiguous; use +21* or +5521*`},
		{pattern, "ES", "4420*", `pattern "4420*": no national number begins with it; if it begins with a country code, use +4420*`},
		{pattern, "", "020*", `pattern "020*": ` + noRegion},
		{pattern, "", "4420*", `pattern "4420*": ` + noRegion},
		{pattern, "", "00*", `pattern "00*": ` + noRegion},
		{pattern, "", "030123456", `pattern "030123456": ` + noRegion},
	} {
		if err := test.read(phone.Region(test.region), test.text); err == nil || err.Error() != test.want {
			t.Errorf("Region(%q), %q:\n got %v\nwant %s", test.region, test.text, err, test.want)
		}
	}
}
