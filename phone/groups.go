package phone

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
)

// group is digits without anything between them.
type group struct {
	digits int    // how many
	before string // what separates it from the group before
}

// groups returns the groups of digits of a number from its last + on. Stars count neither
// as digits nor as separators.
func groups(user string) []group {
	all := make([]group, 0, maxDigits/2)
	at, separator := -1, 0
	for i, c := range user {
		digit := isASCIIDigit(c)
		if c >= utf8.RuneSelf {
			_, digit = digitOf(c)
		}
		switch {
		case isPlus(c):
			all, at, separator = all[:0], -1, i
		case strings.ContainsRune("*#＊＃", c):
		case !digit:
			if at >= 0 {
				at, separator = -1, i
			}
		case at >= 0:
			all[at].digits++
		default:
			at = len(all)
			all = append(all, group{digits: 1, before: user[separator:i]})
		}
	}
	return all
}

// The limits of what is one number in groups.
const (
	// maxArea is how many digits an area code has, the trunk prefix included.
	maxArea = 6
	// maxGrouped is how many digits a national number has that people write in
	// groups. German ones with more end with an extension that is longer than
	// it needs to be.
	maxGrouped = 11
	// minWhole is how many digits a number has that needs no more.
	minWhole = 7
	// maxEnding is how many digits another ending of a number has.
	maxEnding = 2
	// minLongGroup is how many digits a group has that is a number of its own.
	minLongGroup = 5
	// minInNumber is how many digits the last group of a mobile number has, so that a short one behind
	// it is an ending: 0664 1234567 8, but not 0664 123 45 67.
	minInNumber = 4
	// maxMark is how many digits the mark of a line in a list has: 1. or 12).
	maxMark = 2
	// minArea is how many digits an area code has that tells where a number begins.
	minArea = 3
)

// holdsSeveral reports whether the groups of digits are more than one number, or
// a number and another ending for it. A border between two groups ends a number if
//
//   - the digits before it are a whole number, and those of all groups are not
//   - a slash, brackets, or a dash behind a blank follows a whole number: before the end of a
//     number they separate the area code
//   - two groups of five or more digits are no number of the region together
//   - the groups at both sides of it are neighbours, such as 2500-2509
//   - a group of one or two digits follows a long one, or a mobile number
//   - the number would have more digits than people write in groups
//   - digits that are no country code are before a whole number: the mark of a line in a list
func (r Region) holdsSeveral(all []group, s spelling, uri bool) bool {
	switch {
	case len(all) < 2:
		return false
	case len(s.digits) > 4*maxDigits:
		return true // it also bounds the work
	}
	if strings.ContainsAny(strings.TrimSuffix(s.digits, "*"), "*#") {
		return true // a star code and a number
	}
	digits, prefix := strings.CutSuffix(s.digits, "*")
	s.digits = digits
	n, err := r.readDigits(s)
	exists := err == nil && n.exists()
	if n.kind == Local && !prefix && len(s.digits) <= maxShort && shortest(all) >= minInternational {
		return true // extensions
	}
	before, own := 0, r.isOwn(n, exists)
	guessed := sync.OnceValue(func() bool { return !exists || !r.namesArea(s) })
	for i, last := range all[:len(all)-1] {
		before += last.digits
		b := border{
			last: s.digits[before-last.digits : before], next: s.digits[before : before+all[i+1].digits],
			between: all[i+1].before, rest: len(s.digits) - before, final: i+2 == len(all) && !prefix, uri: uri,
			opened: strings.ContainsAny(all[i].before, "(（"),
			area:   len(nationalPart(s.plus, s.digits[:before])),
		}
		whole := r.isWhole(s, before, n, exists && own)
		switch {
		case i == 0 && !s.plus && b.isMark(), r.leads(s, b, whole), (!own || guessed()) && r.isBehindMark(s, n, before, b):
			return true
		case b.always(), whole && !exists && err == nil, err != nil && (b.long() || whole && r.isNumber(s.digits[before:])):
			return true
		case !own && (b.long() && !r.dialsTrunk(s) || whole && !diallingByRegion()[r].open) && !r.namesCountry(s):
			return true
		case whole && b.rest <= maxEnding && len(b.last) >= minInNumber && r.beginsMobile(s, before):
			return true
		case strings.ContainsAny(b.between, "/⁄∕／") && (whole || b.area > maxArea || b.rest < minInternational || n.kind == Local):
			return true
		case whole && nationalLength(n) > maxGrouped:
			return true
		case (whole || b.area >= minWhole && guessed()) && b.ends(guessed):
			return true
		}
	}
	return false
}

// leads reports whether a whole number before a border is followed by another one with its area code.
func (r Region) leads(s spelling, b border, whole bool) bool {
	trunk := plansByCode()[diallingByRegion()[r].code].trunk
	return whole && !s.plus && trunk != "" && len(b.next) >= minArea && r.dialsTrunk(s) && strings.HasPrefix(b.next, trunk) &&
		r.isNumber(s.digits[len(s.digits)-b.rest:])
}

// isMark reports whether the digits before a border are the mark of a line in a list: 1. or 2).
func (b border) isMark() bool {
	pointed := strings.TrimLeft(b.between, ".)）")
	blanks := strings.TrimRight(pointed, "(（")
	return len(b.last) <= maxMark && b.last[0] != '0' && !b.opened && pointed != b.between && blanks != "" &&
		strings.TrimLeftFunc(blanks, isBlank) == ""
}

// isBehindMark reports whether a whole number of the region is behind digits that are no country code
// of it: 1 020 7946 0123 is no American number in GB.
func (r Region) isBehindMark(s spelling, n Number, before int, b border) bool {
	trunk := plansByCode()[diallingByRegion()[r].code].trunk
	rest := s.digits[before:]
	if s.plus || s.context != "" {
		return false
	}
	if before <= maxMark && (!n.exists() || rest[0] == '0' && !r.isOwn(n, true)) && !diallingByRegion()[r].open {
		if own, err := r.readDigits(spelling{digits: rest}); err == nil && r.known() && r.isOwn(own, own.exists()) {
			return true // 2 202 555 0123
		}
	}
	if trunk == "" || len(rest) < minWhole || len(b.next) < len(trunk)+1 || !strings.HasPrefix(b.next, trunk) || !r.isNumber(rest) {
		return false
	}
	if alone, err := r.readDigits(spelling{digits: rest}); err == nil && alone == n {
		return false // its own country code, without the +
	}
	if !r.namesCountry(s) || n.kind != International {
		return true
	}
	code, _ := splitCode(n.text[1:])
	return plansByCode()[code].trunk != rest[:1] && !begins(code, rest)
}

func shortest(all []group) int {
	least := all[0].digits
	for _, g := range all {
		least = min(least, g.digits)
	}
	return least
}

// isWhole reports whether the first digits of the spelling of n, perhaps a number of the
// region, are a number that exists.
func (r Region) isWhole(s spelling, end int, n Number, isOwn bool) bool {
	if isOwn {
		code, national := splitCode(n.text[1:])
		rest := len(s.digits) - end
		return rest < len(national) && valid(code, national[:len(national)-rest])
	}
	return r.existsAsRead(spelling{plus: s.plus, digits: s.digits[:end], context: s.context})
}

// existsAsRead reports whether a spelling is read as a number that exists.
func (r Region) existsAsRead(s spelling) bool {
	n, err := r.readDigits(s)
	return err == nil && n.exists()
}

// namesArea reports whether a number is written with its country code or its
// area code: as it is dialled from anywhere in the region.
func (r Region) namesArea(s spelling) bool {
	d, known := diallingByRegion()[r]
	return !known || r.namesCountry(s) || strings.HasPrefix(s.digits, plansByCode()[d.code].trunk)
}

// dialsTrunk reports whether a number begins with the trunk prefix of the region.
func (r Region) dialsTrunk(s spelling) bool {
	trunk := plansByCode()[diallingByRegion()[r].code].trunk
	return trunk != "" && strings.HasPrefix(s.digits, trunk)
}

// beginsMobile reports whether the first digits of a spelling are a mobile number, which
// has no extensions.
func (r Region) beginsMobile(s spelling, end int) bool {
	n, err := r.readDigits(spelling{plus: s.plus, digits: s.digits[:end], context: s.context})
	return err == nil && n.exists() && phonenumbers.GetNumberType(libraryNumber(splitCode(n.text[1:]))) == phonenumbers.MOBILE
}

// isNumber reports whether digits are a number with its country code or area code.
func (r Region) isNumber(digits string) bool {
	s := spelling{digits: digits}
	return r.namesArea(s) && r.existsAsRead(s)
}

// isOwn reports whether a number exists in the region, or the region isn't known.
func (r Region) isOwn(n Number, exists bool) bool {
	d, known := diallingByRegion()[r]
	return exists && (!known || strings.HasPrefix(n.text[1:], d.code))
}

// nationalPart returns digits without a country code that they say to have.
func nationalPart(plus bool, digits string) string {
	rest, isAbroad := strings.CutPrefix(digits, anywhere)
	if plus || isAbroad {
		_, rest = splitCode(rest)
		return rest
	}
	return digits
}

func nationalLength(n Number) int {
	if n.kind != International {
		return len(n.text)
	}
	_, national := splitCode(n.text[1:])
	return len(national)
}

// border is where one group of digits ends and the next begins.
type border struct {
	last, next string
	between    string
	rest       int  // digits after it
	final      bool // the next group is the last one of a number
	uri        bool // a dash means nothing there
	opened     bool // there is a bracket before the digits
	area       int  // digits before it, without the country code
}

// always reports whether the separator never stands inside a number.
func (b border) always() bool {
	return strings.ContainsAny(b.between, "\n\r\v\f\u0085\u2028\u2029\"'“”„«»") || repeatedSign(b.between) >= 0 ||
		b.final && strings.ContainsAny(b.between, "(（")
}

// long reports whether both groups can be numbers of their own.
func (b border) long() bool { return len(b.last) >= minLongGroup && len(b.next) >= minLongGroup }

// ends reports whether what follows a whole number is an ending, a neighbour, or
// the end of a range.
func (b border) ends(guessed func() bool) bool {
	dash := strings.ContainsFunc(b.between, func(c rune) bool { return unicode.In(c, unicode.Pd) || c == '−' || c == 'ー' })
	tight := dash && strings.HasPrefix(b.between, " ") == strings.HasSuffix(b.between, " ")
	switch {
	case dash && !tight, strings.ContainsAny(b.between, "(（"):
		return true
	case b.rest <= maxEnding && len(b.last) > minLongGroup && (!tight || guessed()):
		return true
	case b.uri, len(b.last) != len(b.next):
		return false
	}
	alike := 0
	for alike < len(b.last) && b.last[alike] == b.next[alike] {
		alike++
	}
	size := len(b.last)
	if dash {
		wholeTen := strings.HasSuffix(b.last, "0") && strings.HasSuffix(b.next, "9")
		return b.last < b.next && (wholeTen || alike > 0 && (alike == size-1 || size > 3 && alike == size-2))
	}
	return size >= minLongGroup && alike >= size-2
}
