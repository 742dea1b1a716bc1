package phone

import (
	"slices"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// isCanonical reports whether canonical would return the digits as they are,
// which is so if nothing that it removes can follow the country
// code. It costs nanoseconds where the numbering data costs microseconds.
func isCanonical(digits string) bool {
	code, national := splitCode(digits)
	if code == "" || national == "" {
		return true
	}
	p := plansByCode()[code]
	return !p.stripped.has(national[0]) && p.oldLength != len(national)
}

// canonical removes from the digits of an international number what is dialled
// inside the country only: the 0 of +49 (0)30, the 06 of +36 06 1, the 8 of
// +7 8 495, Argentina's 15, Brazil's carrier codes. A number that is valid as
// it is stays, so +7 800 keeps its 8 and +39 06 its zero. What
// isn't valid with or without it is treated by its length, as the numbering
// data has it, and a country code that doesn't exist leaves all as it is.
// It ends: canonical(canonical(d)) == canonical(d).
func canonical(digits string) string {
	if isCanonical(digits) {
		return digits
	}
	return strip(digits, stripOnce)
}

// strip is canonical without its short cut.
func strip(digits string, stripOnce func(code, national string) string) string {
	code, national := splitCode(digits)
	if code == "" {
		return digits
	}
	// Nearly every step shortens the number; a few complete an area code.
	for range 2 * maxDigits {
		shorter := renewed(code, stripOnce(code, national))
		if shorter == national {
			break
		}
		national = shorter
	}
	return code + national
}

// stripOnce removes one prefix, if there is one. Only if neither the
// first digit nor the trunk prefix decides, it uses the library.
func stripOnce(code, national string) string {
	if valid(code, national) {
		return national
	}
	p, known := plansByCode()[code]
	switch {
	case !known || national == "":
		return national
	case !p.parsed.has(national[0]):
		return stripHabit(code, national)
	}
	if p.plainTrunk {
		// There are valid numbers that are too short to be dialled from abroad.
		if shorter, ok := strings.CutPrefix(national, p.trunk); ok && valid(code, shorter) && possibleLength(code, shorter) {
			return shorter
		}
	}
	return stripInLibrary(code, national)
}

// stripHabit removes digits that are not dialled there, or no longer, and are
// written by habit.
func stripHabit(code, national string) string {
	if shorter, ok := strings.CutPrefix(national, "0"); ok && valid(code, shorter) {
		return shorter
	}
	for _, prefix := range reforms[code].former {
		if shorter, ok := strings.CutPrefix(national, prefix); ok && valid(code, shorter) {
			return shorter
		}
	}
	return national
}

// stripInLibrary is stripOnce without its short cuts.
func stripInLibrary(code, national string) string {
	if valid(code, national) {
		return national
	}
	parsed, err := phonenumbers.Parse("+"+code+national, "")
	if err != nil {
		return national
	}
	if shorter := phonenumbers.GetNationalSignificantNumber(parsed); shorter != national {
		return shorter
	}
	return stripHabit(code, national)
}

// valid reports whether the country has such a national number.
func valid(code, national string) bool {
	if code == "" || len(national) < 2 || len(code)+len(national) > maxDigits {
		return false
	}
	if a := automatonOf(code); a != nil {
		return a.holds(national)
	}
	return validInLibrary(code, national)
}

func validInLibrary(code, national string) bool {
	return phonenumbers.IsValidNumber(libraryNumber(code, national))
}

// validAbroad reports whether the digits are a valid international number.
func validAbroad(digits string) bool {
	return valid(splitCode(digits))
}

// mobile reports whether the digits of a valid international number are, or
// may be, those of a mobile telephone.
func mobile(digits string) bool {
	switch phonenumbers.GetNumberType(libraryNumber(splitCode(digits))) {
	case phonenumbers.MOBILE, phonenumbers.FIXED_LINE_OR_MOBILE:
		return true
	default:
		return false
	}
}

// possible reports whether the digits are as long as the numbers of their
// country are, though there may be none such.
func possible(digits string) bool {
	code, national := splitCode(digits)
	return code != "" && len(digits) <= maxDigits && possibleLength(code, national)
}

// begins reports whether there are national numbers that begin with the digits, or the country code
// isn't complete.
func begins(code, national string) bool {
	if a := automatonOf(code); a != nil {
		return a.begins(national)
	}
	return code == "" || national == "" || plansByCode()[code].beginnings.has(national[0])
}

// canonicalPrefix is canonical for the beginning of a number, which can be
// neither valid nor too long: it takes away only what no national number of
// the country begins with, and makes new what began numbers before a reform.
// Bracketed is a trunk prefix in brackets, which is taken away in any case.
func canonicalPrefix(digits, bracketed string) string {
	code, national := splitCode(digits)
	if code == "" {
		return digits
	}
	if shorter, ok := strings.CutPrefix(national, bracketed); ok && bracketed != "" && !keepsBracketed(code, national, shorter) {
		national = shorter
	}
	for range 2 * maxDigits {
		shorter := stripPrefixOnce(code, national)
		if shorter == national {
			break
		}
		national = shorter
	}
	return code + national
}

// keepsBracketed reports whether what is in brackets belongs to the number: Italy's +39 (0)6.
func keepsBracketed(code, national, shorter string) bool {
	bracketed := strings.TrimSuffix(national, shorter)
	if bracketed != plansByCode()[code].trunk && (bracketed != "0" || begins(code, national)) {
		return true
	}
	return !begins(code, shorter) && renewedPrefix(code, shorter) == shorter
}

func stripPrefixOnce(code, national string) string {
	if code == argentina {
		return stripArgentina(national)
	}
	if national == "" || begins(code, national) {
		return national
	}
	if renewed := renewedPrefix(code, national); renewed != national {
		return renewed
	}
	trunk := plansByCode()[code].trunk
	for _, prefix := range append(slices.Clip(reforms[code].former), trunk, "0") {
		if shorter, ok := strings.CutPrefix(national, prefix); ok && prefix != "" && begins(code, shorter) {
			return shorter
		}
	}
	// A forged number may begin as none does.
	if shorter, ok := strings.CutPrefix(national, trunk); ok && trunk != "" && shorter != "" && shorter[0] != '0' {
		return shorter
	}
	return national
}

// stripArgentina removes the trunk prefix, the 9 before a mobile number, and the 15 behind its area code.
func stripArgentina(national string) string {
	parsed := argentinaParsed()
	if match := parsed.FindStringSubmatchIndex(national); match[2] >= 0 {
		return national[match[2]:match[3]] + national[match[1]:]
	}
	return withoutNine(strings.TrimPrefix(national, "0"))
}
