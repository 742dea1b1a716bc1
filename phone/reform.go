package phone

import "strings"

// reform is what a country changed in its numbers while lists and trunks still have
// the old ones.
type reform struct {
	// former are digits between country code and number that are no longer dialled.
	former []string
	// renew makes of an old number, or of its beginning, the new one. It
	// returns it unchanged if there is no such.
	renew func(national string) string
	// whole is how many digits an old number has.
	whole int
}

// reforms by country code. The old form is never valid as a new one.
//
//   - Argentina: 9 before a mobile number from abroad, 15 after its area code inside. The ten digits
//     without them belong to one telephone.
//   - Brazil: a 9 before the eight digits of mobile numbers, 2012 to 2016.
//   - Mexico: 1 before mobile numbers from abroad, 01, 044 and 045 inside, until August 2019.
//   - Vietnam: mobile numbers with 11 digits have 10 since September 2018.
//   - Côte d'Ivoire: two digits before each number, by operator, since 31 January 2021.
//   - Benin: 01 before each number since 30 November 2024.
//   - Cameroon: 6 before mobile numbers, 2 before others, since November 2014.
var reforms = map[string]reform{
	"52":  {former: []string{"044", "045", "01", "1"}},
	"55":  {renew: renewBrazil, whole: 10},
	"84":  {renew: renewVietnam, whole: 10},
	"225": {renew: renewIvoryCoast, whole: 8},
	"229": {renew: func(national string) string { return "01" + national }, whole: 8},
	"237": {renew: renewCameroon, whole: 8},
}

// withoutNine returns an Argentine number without its 9.
func withoutNine(national string) string {
	if len(national) > 1 {
		return strings.TrimPrefix(national, "9")
	}
	return national
}

// argentina is the country code whose mobile numbers have a 9 that is left out.
const argentina = "54"

// renewed returns the new form of an old national number. What is valid, or isn't valid as a
// new one, stays.
func renewed(code, national string) string {
	if code == argentina {
		return withoutNine(national)
	}
	r, ok := reforms[code]
	if !ok || r.renew == nil || valid(code, national) {
		return national
	}
	old := national
	if len(old) == r.whole+1 {
		old = strings.TrimPrefix(old, "0") // written by habit
	}
	if len(old) != r.whole || isZeros(old) {
		return national
	}
	if renewed := r.renew(old); valid(code, renewed) {
		return renewed
	}
	return national
}

// renewedPrefix is renewed for the beginning of a number that no new number has.
func renewedPrefix(code, national string) string {
	r, ok := reforms[code]
	if !ok || r.renew == nil || len(national) < 2 || len(national) > r.whole {
		return national
	}
	if renewed := r.renew(national); begins(code, renewed) {
		return renewed
	}
	return national
}

// renewBrazil puts a 9 behind the area code of a number that begins with 6, 8 or 9.
func renewBrazil(national string) string {
	if len(national) > 2 && strings.ContainsRune("689", rune(national[2])) {
		return national[:2] + "9" + national[2:]
	}
	return national
}

// vietnam has the new digits for the first three of old mobile numbers.
var vietnam = map[string]string{
	"120": "70", "121": "79", "122": "77", "126": "76", "128": "78",
	"123": "83", "124": "84", "125": "85", "127": "81", "129": "82",
	"162": "32", "163": "33", "164": "34", "165": "35", "166": "36", "167": "37", "168": "38", "169": "39",
	"186": "56", "188": "58", "199": "59",
}

func renewVietnam(national string) string {
	const digits = 3
	if len(national) < digits {
		return national
	}
	if changed, ok := vietnam[national[:digits]]; ok {
		return changed + national[digits:]
	}
	return national
}

// renewIvoryCoast puts the digits of the operator before a number: of a landline, with 2 or 3 at its
// beginning, the third digit says which it is, of a mobile number the second.
func renewIvoryCoast(national string) string {
	landline := national[0] == '2' || national[0] == '3'
	switch {
	case landline && len(national) < 3:
		return national
	case landline && national[2] == '0':
		return "25" + national
	case landline && national[2] == '8' && national[0] == '2':
		return "21" + national
	case landline:
		return "27" + national
	case national[1] <= '3':
		return "01" + national
	case national[1] <= '6':
		return "05" + national
	}
	return "07" + national
}

func renewCameroon(national string) string {
	if national[0] == '2' || national[0] == '3' {
		return "2" + national
	}
	return "6" + national
}
