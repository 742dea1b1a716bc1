package phone

import (
	"fmt"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Emergency reports whether the number is an emergency number of its country, of the region if it has no
// country code, or 112 or 911: those work everywhere.
func (r Region) Emergency(n Number) bool {
	switch n.kind {
	case Local:
		if n.text == "112" || n.text == "911" {
			return true
		}
		return r.known() && phonenumbers.IsEmergencyNumber(n.text, string(r))
	case International:
		code, national := splitCode(n.text[1:])
		return len(national) <= maxShort && code != "" && regionOf(code).Emergency(Number{kind: Local, text: national})
	case Missing, Withheld, Unreadable:
	}
	return false
}

// Doubt says why a pattern that was typed as text may match nobody, or another caller than meant. It
// returns a sentence without the point at its end, and "" if nothing is unusual.
func (r Region) Doubt(text string, p Pattern) string {
	n := p.Number()
	switch {
	case r.Emergency(n):
		return p.String() + " is an emergency number"
	case !p.International():
		return r.doubtLocal(p)
	case !p.Possible():
		return fmt.Sprintf("%s has a length that no number of its country has", p)
	case p.prefix && !begins(splitCode(p.text[1:])):
		return fmt.Sprintf("no number of its country begins as %s does: only a forged number matches, or one of a new range", p)
	case p.prefix && strings.HasPrefix(p.text, "+"+argentina) && hadNine(text):
		return p.String() + " has landlines as well: mobile numbers of Argentina are kept without their 9"
	case n.kind == International && n.Short():
		return p.String() + " is a short code: callers have longer numbers"
	case n.kind == International && !n.exists():
		return fmt.Sprintf("%s does not exist by the numbering plan of its country: only a forged number matches, or one of a new range", p)
	case r.maybeNational(text, n):
		return fmt.Sprintf("%s was read as a number of another country, %s; use + and the country code if it is a national number", shown(text), p)
	case r.guesses(text, n):
		return fmt.Sprintf("%s was written without + and without the first digits of a national number; check that %s is meant", shown(text), p)
	}
	return ""
}

// hadNine reports whether a text is an Argentine prefix with the 9 of mobile numbers.
func hadNine(text string) bool {
	digits := strings.Map(func(c rune) rune {
		if isASCIIDigit(c) {
			return c
		}
		return -1
	}, text)
	return strings.HasPrefix(strings.TrimLeft(digits, "0"), argentina+"9")
}

func (r Region) doubtLocal(p Pattern) string {
	const only = "matches only callers whose number arrives in these very digits"
	switch {
	case strings.ContainsAny(p.text, "*#"):
		return p.String() + " is a star code: no call comes from it"
	case p.prefix:
		return fmt.Sprintf("%s has no country code and %s, such as extensions", p, only)
	case len(p.text) <= maxShort:
		return fmt.Sprintf("%s is a short code or an extension: it %s", p, only)
	case !r.known():
		return fmt.Sprintf("%s has no country code, and no region is set: it %s", p, only)
	}
	return fmt.Sprintf("%s has no area code: it %s", p, only)
}

// guesses reports whether a text is a landline of the region only because nearly all digits are one there.
func (r Region) guesses(text string, n Number) bool {
	s, err := r.spellTyped(text)
	if err != nil || !n.Known() || r.namesArea(s) {
		return false
	}
	d := diallingByRegion()[r]
	return d.open && strings.HasPrefix(n.text[1:], d.code) && !strings.HasPrefix(s.digits, d.code) && !mobile(n.text[1:])
}

// maybeNational reports whether a foreign number was written without + and begins with the trunk prefix of
// the region, as Japan's 81 does with Russia's 8.
func (r Region) maybeNational(text string, n Number) bool {
	s, err := r.spellTyped(text)
	return err == nil && n.exists() && r.known() && !r.isOwn(n, true) && !r.namesCountry(s) && r.dialsTrunk(s)
}
