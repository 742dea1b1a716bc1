package phone

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// anywhere is the international prefix that is valid in every region:
// it is what most telephones and gateways write for a +.
const anywhere = "00"

// minBareAbroad is how many digits must follow a region's own international
// prefix, such as 011, 810 or 16, if they make no valid number. Shorter ones
// are more likely an extension that begins with the same digits.
const minBareAbroad = 7

// known reports whether the region is a known country.
func (r Region) known() bool {
	_, ok := diallingByRegion()[r]
	return ok
}

func regionOf(code string) Region {
	number, _ := strconv.Atoi(code)
	return Region(phonenumbers.GetRegionCodeForCountryCode(number))
}

// abroad returns the digits that would follow a + for digits without one, or
// "" if they belong to no country. It follows the order
// of the package comment.
func (r Region) abroad(digits string) string {
	if len(digits) > 2*maxDigits {
		return ""
	}
	d, ok := diallingByRegion()[r]
	if !ok {
		if rest, ok := cutAnywhere(digits); ok {
			return rest
		}
		return ifValid(digits)
	}
	plan := plansByCode()[d.code]
	stripped := stripOnce(d.code, digits)
	national := d.code + renewed(d.code, stripped)
	isNational := validAbroad(national)
	hasTrunk := plan.beginsWithTrunk(digits) && stripped != digits
	if hasTrunk && isNational {
		return national
	}
	if rest := d.cutAbroad(digits); rest != "" {
		if isNational && stripped == digits && !validAbroad(canonical(rest)) {
			return national // Korean and Japanese freephone numbers begin with 00
		}
		return rest
	}
	if hasTrunk && possible(national) {
		return national
	}
	if rest := plan.afterTrunk(digits); rest != "" && possible(d.code+rest) && ifValid(digits) == "" {
		return d.code + rest
	}
	if len(digits) <= maxShort && plan.trunk != "" {
		if isNational && stripped == digits && isService(d.code, digits) {
			return national
		}
		return "" // an extension; a national number would have its trunk prefix
	}
	if strings.HasPrefix(digits, d.code) {
		if validAbroad(canonical(digits)) || len(digits) > d.longest {
			return digits
		}
	}
	if isNational && (!d.open || mobile(national)) || d.isBare(digits, plan.trunk) {
		return national
	}
	if abroad := ifValid(digits); abroad != "" {
		return abroad
	}
	if isNational || len(digits) == d.length {
		return national
	}
	return ""
}

// isBare reports whether digits without a trunk prefix are as long as all
// numbers of the region, or as its mobile numbers and begin as they do. They may
// be of a range that the numbering data doesn't have yet.
func (d dialling) isBare(digits, trunk string) bool {
	if trunk == "" && len(digits) == d.length || d.code == "1" && len(digits) == nanpLength {
		return true
	}
	return len(digits) > maxShort && d.bareLengths&(1<<len(digits)) != 0 && d.bareFirst.has(digits[0])
}

// nanpLength is how many digits a national number of country code 1 has.
const nanpLength = 10

// minService is how many digits a national number has that is no extension.
const minService = 5

// isService reports whether a national number of few digits is always written
// as it is, without a trunk prefix: Australia's 13 17 55, the Netherlands' 14 020.
func isService(code, national string) bool {
	if len(national) < minService {
		return false
	}
	switch phonenumbers.GetNumberType(libraryNumber(code, national)) {
	case phonenumbers.UAN, phonenumbers.SHARED_COST, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE:
		return hasBareForm(code, national)
	default:
		return false
	}
}

// ifValid returns bare digits if they are a valid number with its country
// code. Seven digits or fewer are never read so: only a few islands have
// numbers as short, but every town has local ones.
func ifValid(digits string) string {
	if len(digits) > 7 && validAbroad(canonical(digits)) {
		return digits
	}
	return ""
}

// cutAbroad returns what follows an international prefix, or "" if there is
// none. If the region's own and 00 both fit, a valid number is preferred, then
// the region's own with minBareAbroad digits or more.
func (d dialling) cutAbroad(digits string) string {
	own, isOwn := d.cutOwn(digits)
	usual, isUsual := cutAnywhere(digits)
	switch {
	case isUsual && validAbroad(usual):
		return usual
	case isOwn && validAbroad(canonical(own)):
		return own
	case isUsual && validAbroad(canonical(usual)):
		return usual
	case isOwn && (len(own) >= minBareAbroad || own == usual):
		return own
	case isUsual:
		return usual
	}
	return ""
}

// cutOwn cuts the region's own international prefix, with its carrier code
// if there is one.
func (d dialling) cutOwn(digits string) (string, bool) {
	match := d.abroad.FindString(digits)
	rest := digits[len(match):]
	return rest, match != "" && len(rest) >= minInternational && rest[0] != '0'
}

func cutAnywhere(digits string) (string, bool) {
	rest, ok := strings.CutPrefix(digits, anywhere)
	return rest, ok && len(rest) >= minInternational && rest[0] != '0'
}

// NamesCountry reports whether a number or a beginning is written with its
// country code and says so: by a +, by 00, by the region's own international
// prefix, or by a phone-context. It reads what Number and Pattern read: of other
// digits they may only find out what fits them.
func (r Region) NamesCountry(text string) bool {
	s, err := r.spellTyped(text)
	return err == nil && r.namesCountry(s)
}

func (r Region) namesCountry(s spelling) bool {
	if s.plus || s.context != "" {
		return true
	}
	digits := strings.TrimSuffix(s.digits, "*")
	if rest, ok := strings.CutPrefix(digits, anywhere); ok {
		return rest != "" && rest[0] != '0'
	}
	d, ok := diallingByRegion()[r]
	if !ok {
		return false
	}
	_, ok = d.cutOwn(digits)
	return ok
}

// Region is the country whose national number format is read, as an ISO 3166-1
// code of two upper-case letters; "" means none. A Region that was not
// made by ParseRegion and is unknown counts as none.
type Region string

// ParseRegion parses a region in upper or lower case. Blank text means none.
func ParseRegion(text string) (Region, error) {
	code := strings.ToUpper(strings.TrimSpace(text))
	if code == "" || phonenumbers.GetSupportedRegions()[code] {
		return Region(code), nil
	}
	if code == "UK" {
		return "", fmt.Errorf("invalid region %q: use GB", text)
	}
	if cc, err := strconv.Atoi(strings.TrimLeft(code, "+0")); err == nil {
		if region := phonenumbers.GetRegionCodeForCountryCode(cc); phonenumbers.GetSupportedRegions()[region] {
			return "", fmt.Errorf("invalid region %q: use the country, not its code: %s", text, region)
		}
	}
	return "", fmt.Errorf("invalid region %q: use the two letters of a country, such as DE, GB or US", shown(text))
}
