package phone

import (
	"math/bits"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// plan is what a country code's numbering plan says about the digits that
// follow it.
type plan struct {
	trunk      string   // what is dialled before a national number, "" if nothing
	stripped   digitSet // first digits of anything that canonical may take away
	parsed     digitSet // those of what the library takes away
	beginnings digitSet // first digits of the national numbers
	// plainTrunk says that the trunk prefix is all that the library takes
	// away, and that it always does if a valid number follows.
	plainTrunk bool
	oldLength  int // of a number before a reform, 0 if there was none
}

// dialling has the prefixes that a region's callers dial, and how
// long its own numbers are.
type dialling struct {
	code    string         // country code
	abroad  *regexp.Regexp // international prefix, anchored
	length  int            // of every national number, 0 if they differ
	longest int
	open    bool // landlines of so many lengths that nearly any digits fit
	// bareLengths has a bit for each length of mobile numbers, and bareFirst their first digits, if
	// the region writes them without a trunk prefix.
	bareLengths uint32
	bareFirst   digitSet
}

// openLengths is how many lengths of landline numbers make a plan an open
// one. Germany has 11, Austria 10, Luxembourg 8, Italy 7; most countries have
// one. Four of five foreign numbers without their + would be valid in Germany.
const openLengths = 6

// maxBareFirst is how many first digits the mobile numbers of a region with a trunk prefix may
// have, so that these tell them from foreign numbers.
const maxBareFirst = 3

// digitSet is a set of the digits 0 to 9.
type digitSet uint16

func (s digitSet) has(digit byte) bool      { return s&(1<<(digit-'0')) != 0 }
func (s digitSet) with(digit byte) digitSet { return s | 1<<(digit-'0') }

// beginsWithTrunk reports whether the digits are the trunk prefix and then
// what a national number can begin with.
func (p plan) beginsWithTrunk(digits string) bool {
	national, ok := strings.CutPrefix(digits, p.trunk)
	return ok && p.trunk != "" && national != "" && p.beginnings.has(national[0])
}

// afterTrunk returns what follows the trunk prefix, though no national number may
// begin so, or "".
func (p plan) afterTrunk(digits string) string {
	national, ok := strings.CutPrefix(digits, p.trunk)
	if !ok || p.trunk == "" || national == "" || national[0] == '0' {
		return ""
	}
	return national
}

// plansByCode holds the plan of each country code.
var plansByCode = sync.OnceValue(func() map[string]plan {
	plans := make(map[string]plan)
	for _, data := range metadata() {
		code := strconv.Itoa(int(data.GetCountryCode()))
		p := plans[code]
		if phonenumbers.GetRegionCodeForCountryCode(int(data.GetCountryCode())) == data.GetId() {
			// A number with its country code is read as the first of the
			// code's regions has it.
			p.parsed = firstDigits(data.GetNationalPrefixForParsing())
		}
		p.beginnings |= firstDigits(data.GetGeneralDesc().GetNationalNumberPattern())
		if p.trunk == "" || data.GetMainCountryForCode() {
			p.trunk = data.GetNationalPrefix()
			p.plainTrunk = p.trunk != "" && p.trunk == data.GetNationalPrefixForParsing() &&
				data.GetNationalPrefixTransformRule() == ""
		}
		plans[code] = p
	}
	for code, p := range plans {
		// A zero may always be a trunk prefix that people add by habit.
		p.stripped = p.parsed.with('0')
		for _, former := range reforms[code].former {
			p.stripped = p.stripped.with(former[0])
		}
		if code == argentina {
			p.stripped = p.stripped.with('9')
		}
		p.oldLength = reforms[code].whole
		plans[code] = p
	}
	return plans
})

// diallingByRegion holds what is dialled in each region.
var diallingByRegion = sync.OnceValue(func() map[Region]dialling {
	regions := make(map[Region]dialling)
	for _, data := range metadata() {
		lengths := data.GetGeneralDesc().GetPossibleLength()
		d := dialling{
			code:    strconv.Itoa(int(data.GetCountryCode())),
			abroad:  regexp.MustCompile("^(?:" + data.GetInternationalPrefix() + ")"),
			longest: int(lengths[len(lengths)-1]),
			open:    len(data.GetFixedLine().GetPossibleLength()) >= openLengths,
		}
		if len(lengths) == 1 {
			d.length = d.longest
		}
		if mobile := data.GetMobile(); writtenBare(Region(data.GetId()), d.code) {
			d.bareLengths, d.bareFirst = lengthSet(mobile.GetPossibleLength()), firstDigits(mobile.GetNationalNumberPattern())
			if data.GetNationalPrefix() != "" && bits.OnesCount16(uint16(d.bareFirst)) > maxBareFirst {
				d.bareLengths = 0
			}
		}
		regions[Region(data.GetId())] = d
	}
	return regions
})

// writtenBare reports whether the region writes its mobile numbers without a trunk
// prefix: there is none, as in Norway, or it is for landlines only, as in China.
func writtenBare(r Region, code string) bool {
	example := phonenumbers.GetExampleNumberForType(string(r), phonenumbers.MOBILE)
	return example != nil && hasBareForm(code, phonenumbers.GetNationalSignificantNumber(example))
}

// hasBareForm reports whether a national number is written without a trunk
// prefix in its country.
func hasBareForm(code, national string) bool {
	written := phonenumbers.Format(libraryNumber(code, national), phonenumbers.NATIONAL)
	return strings.Map(func(c rune) rune {
		if isASCIIDigit(c) {
			return c
		}
		return -1
	}, written) == national
}

func metadata() []*phonenumbers.PhoneMetadata {
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		// The data is compiled in, and the library read it before main began.
		panic(err)
	}
	return collection.GetMetadata()
}

// argentinaParsed matches the trunk prefix and, with the area code in brackets, the 15 behind it.
var argentinaParsed = sync.OnceValue(func() *regexp.Regexp {
	for _, data := range metadata() {
		if strconv.Itoa(int(data.GetCountryCode())) == argentina {
			return regexp.MustCompile("^(?:" + data.GetNationalPrefixForParsing() + ")")
		}
	}
	return regexp.MustCompile("^()?")
})

// splitCode cuts the country code from the digits after a +. Code is "" if
// no country has one that the digits begin with.
func splitCode(digits string) (code, national string) {
	plans := plansByCode()
	for end := 1; end <= 3 && end <= len(digits); end++ {
		if _, ok := plans[digits[:end]]; ok {
			return digits[:end], digits[end:]
		}
	}
	return "", digits
}

// libraryNumber is the national number of a country as the library wants it.
func libraryNumber(code, national string) *phonenumbers.PhoneNumber {
	country, _ := strconv.ParseInt(code, 10, 32)
	value, _ := strconv.ParseUint(national, 10, 64)
	number := &phonenumbers.PhoneNumber{
		CountryCode:    new(int32(country)),
		NationalNumber: &value,
	}
	// Of nothing but zeros the last one is the number itself.
	zeros := int32(0)
	for rest := national; len(rest) > 1 && rest[0] == '0'; rest = rest[1:] {
		zeros++
	}
	if zeros > 0 {
		number.ItalianLeadingZero = new(true)
		number.NumberOfLeadingZeros = &zeros
	}
	return number
}
