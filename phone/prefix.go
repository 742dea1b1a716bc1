package phone

import (
	"errors"
	"fmt"
	"strings"
)

// Pattern parses a number as Number does, or, if its last character is a *,
// a prefix of numbers. A prefix is written with + or 00 and the
// country code, or as it is dialled inside the region, with the trunk prefix:
// 020* is +4420* in GB. Regions without a trunk prefix, and those of country
// code 1, also accept it bare: 212* is +1212* in the US. An ambiguous bare
// prefix is refused. Up to three digits that cannot begin
// anything else are a prefix of Local numbers. Where the middle of a
// number depends on its end (Brazil's carrier codes, Gabon's
// former 0), write the prefix with +. A pattern of Asterisk that begins with _ becomes what all
// of its numbers begin with; where they are extensions and the prefix would be national, it is refused.
//
// The error is ErrMissing, ErrWithheld, ErrTooLong, ErrTooShort, ErrNoRegion, ErrSeveral,
// ErrSpreadsheet, ErrWildcard or one for which there is no name; each says what to write.
func (r Region) Pattern(text string) (Pattern, error) {
	if isIdentity(text) {
		return Pattern{text: text}, nil
	}
	base := r.dialplanBase(strings.TrimSpace(text))
	if strings.HasPrefix(base, "+") {
		return ParsePattern(base + "*")
	}
	p, err := r.readPattern(text)
	if err == nil && base != "" && p.text != base {
		err = errExtensions
	}
	if err != nil {
		return Pattern{}, fmt.Errorf("pattern %q: %w", shown(text), r.withNumbers(text, err))
	}
	return p, nil
}

// The errors of a prefix.
var (
	errInnerStar   = errors.New("a * is possible only at the end, for any further digits")
	errEmptyPrefix = errors.New("there are no digits before the *; use a prefix such as +44*")
	errZero        = errors.New("national and international numbers begin with it; use a prefix such as +44*")
	errNine        = errors.New("a mobile number is the same without its 9; use an area code such as +5411*, or +54* for all of Argentina")
	errHash        = errors.New("a # cannot be part of a prefix; remove it")
)

// maxLocalPrefix is how many digits a prefix of Local numbers may have.
const maxLocalPrefix = 3

func (r Region) readPattern(text string) (Pattern, error) {
	s, err := r.spellTyped(text)
	if errors.Is(err, ErrMissing) && strings.ContainsAny(text, "*＊") {
		return Pattern{}, errEmptyPrefix
	}
	if err != nil {
		return Pattern{}, err
	}
	beginning, prefix := strings.CutSuffix(s.digits, "*")
	switch {
	case strings.Contains(beginning, "*"):
		return Pattern{}, errInnerStar
	case !prefix:
		n, err := r.readTyped(s, nil)
		return Pattern{text: n.text}, err
	case strings.Contains(beginning, "#"):
		return Pattern{}, errHash
	case beginning == "":
		return Pattern{}, errEmptyPrefix
	case s.plus:
		return abroadPrefix(beginning, inBrackets(text))
	}
	return r.readPrefix(beginning)
}

func abroadPrefix(digits, bracketed string) (Pattern, error) {
	if len(digits) > 2*maxDigits {
		return Pattern{}, ErrTooLong
	}
	switch digits = canonicalPrefix(digits, bracketed); {
	case digits == argentina+"9":
		return Pattern{}, errNine
	case len(digits) > maxDigits:
		return Pattern{}, ErrTooLong
	}
	return Pattern{text: "+" + digits, prefix: true}, nil
}

// inBrackets returns the digits in the first brackets of a text.
func inBrackets(text string) string {
	_, rest, _ := strings.Cut(text, "(")
	digits, _, complete := strings.Cut(rest, ")")
	if !complete || !isDigits(digits) {
		return ""
	}
	return digits
}

// readPrefix parses a prefix of numbers without a +.
func (r Region) readPrefix(digits string) (Pattern, error) {
	d, ok := diallingByRegion()[r]
	if !ok {
		rest, isUsual := strings.CutPrefix(digits, anywhere)
		switch {
		case isUsual && rest != "" && rest[0] != '0':
			return abroadPrefix(rest, "")
		case digits[0] != '0' && len(digits) <= maxLocalPrefix:
			return Pattern{text: digits, prefix: true}, nil
		}
		return Pattern{}, ErrNoRegion
	}
	if rest, err := d.prefixAbroad(digits); err != nil {
		return Pattern{}, err
	} else if rest != "" {
		return abroadPrefix(rest, "")
	}
	if digits == anywhere[:1] {
		return Pattern{}, errZero
	}
	plan := plansByCode()[d.code]
	if national := plan.afterTrunk(digits); national != "" {
		return abroadPrefix(d.code+national, "")
	}
	if national := former(d.code, digits); plan.trunk == "" && national != "" && !strings.HasPrefix(digits, d.code) {
		return abroadPrefix(d.code+national, "")
	}
	switch {
	case plan.trunk != "" && strings.HasPrefix(digits, plan.trunk) || digits[0] == '0' && !plan.beginnings.has('0'):
		return Pattern{}, fmt.Errorf("no national number begins with it; for all numbers of the country use +%s*", d.code)
	case plan.beginnings.has(digits[0]) && (d.code == "1" || plan.trunk == "" && !strings.HasPrefix(digits, d.code)):
		return abroadPrefix(d.code+digits, "")
	case plan.beginnings.has(digits[0]):
		return Pattern{}, ambiguous(digits, d.code, plan.trunk)
	case strings.HasPrefix(digits, d.code):
		return abroadPrefix(digits, "")
	case len(digits) <= maxLocalPrefix:
		return Pattern{text: digits, prefix: true}, nil
	}
	return Pattern{}, fmt.Errorf("no national number begins with it; if it begins with a country code, use +%s*", digits)
}

// former returns the beginning of a national number as it is dialled now for one as it was
// before a reform, "" if it isn't such.
func former(code, digits string) string {
	if begins(code, digits) {
		return ""
	}
	for _, prefix := range reforms[code].former {
		if national, ok := strings.CutPrefix(digits, prefix); ok && begins(code, national) {
			return national
		}
	}
	if national := renewedPrefix(code, digits); national != digits {
		return national
	}
	return ""
}

// prefixAbroad returns what follows an international prefix in the beginning
// of a number, "" if there is none.
func (d dialling) prefixAbroad(digits string) (string, error) {
	own := ""
	if match := d.abroad.FindString(digits); match != "" {
		own = digits[len(match):]
		if own == "" {
			return "", errEmptyAbroad
		}
	}
	usual, isUsual := strings.CutPrefix(digits, anywhere)
	if isUsual && usual == "" {
		return "", errEmptyAbroad
	}
	if !isUsual {
		usual = ""
	}
	ownFit, usualFit := fit(own), fit(usual)
	switch {
	case ownFit == 0 && usualFit == 0:
		return "", nil
	case ownFit > usualFit || own == usual:
		return own, nil
	case usualFit > ownFit:
		return usual, nil
	}
	return "", fmt.Errorf("it is ambiguous; use +%s* or +%s*", own, usual)
}

var errEmptyAbroad = errors.New("it ends with the international prefix; use a prefix such as +44*")

// fit says how well digits fit as a prefix of foreign numbers: 2 if a country's numbers
// begin so or the country code isn't complete, 1 if there is such a country.
func fit(digits string) int {
	code, national := splitCode(digits)
	switch {
	case digits == "" || digits[0] == '0' || code == "" && len(digits) >= 3:
		return 0
	case code != "" && national != "" && !plansByCode()[code].beginnings.has(national[0]):
		return 1
	}
	return 2
}

func ambiguous(digits, code, trunk string) error {
	national := "+" + code + digits + "*"
	if trunk != "" {
		national = trunk + digits + "*"
	}
	if strings.HasPrefix(digits, code) {
		return fmt.Errorf("it is ambiguous, with or without a country code; use +%s* or %s", digits, national)
	}
	return fmt.Errorf("it is ambiguous, a national or an international prefix; use %s or +%s*", national, digits)
}
