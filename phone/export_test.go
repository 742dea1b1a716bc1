package phone

import (
	"strconv"
	"strings"
)

// What the tests compare the short cuts with.
var (
	IsCanonical       = isCanonical
	StripOnce         = stripOnce
	StripInLibrary    = stripInLibrary
	Valid             = valid
	ValidInLibrary    = validInLibrary
	NewAutomaton      = newAutomaton
	Begins            = begins
	PossibleInLibrary = possibleInLibrary
)

// Strip is strip with nothing but the library.
func Strip(digits string) string { return strip(digits, stripInLibrary) }

// Cleaned is a typed text without what spreadsheets and other systems put into it, "" if
// it is refused.
func Cleaned(text string) string {
	text, err := uncell(text)
	if err == nil && !isURI(text) {
		text, err = withoutWildcards(text)
	}
	if err != nil {
		return ""
	}
	return text
}

// SlowCaller is Caller without its short cut.
func (r Region) SlowCaller(text string) Number {
	n, _ := r.readSpelled(spellAny(text))
	return n
}

// CheckSpelling compares spellPlain with spellAny.
func CheckSpelling(t interface{ Fatalf(string, ...any) }, text string) {
	plain, ok := spellPlain(text)
	if !ok {
		return
	}
	if anyway, err := spellAny(text); err != nil || plain != anyway {
		t.Fatalf("%q is spelled %+v, but %+v, %v the long way", text, plain, anyway, err)
	}
}

// Walk makes digits that begin numbers of a country code, and are mostly
// valid.
func Walk(code string, choose func(digits []int) int, end func() bool) string {
	a := automatonOf(code)
	text := ""
	for state := uint16(1); len(text) < maxDigits-1; {
		var digits []int
		for digit, next := range a.next[state] {
			if next != 0 {
				digits = append(digits, digit)
			}
		}
		if len(digits) == 0 || a.valid[state]&(1<<len(text)) != 0 && end() {
			break
		}
		digit := choose(digits)
		text += strconv.Itoa(digit)
		state = a.next[state][digit]
	}
	return text
}

// Paths returns digits that lead to each state of a country code's automaton,
// one for each length that leads there.
func Paths(code string) []string {
	type place struct {
		state  uint16
		length int
	}
	a := automatonOf(code)
	if a == nil {
		return nil
	}
	paths := map[place]string{{1, 0}: ""}
	var found []string
	for todo := []place{{1, 0}}; len(todo) > 0; todo = todo[1:] {
		at := todo[0]
		if at.length >= 2 {
			found = append(found, paths[at])
		}
		if at.length+len(code) == maxDigits || at.state == 0 {
			continue
		}
		for digit, next := range a.next[at.state] {
			to := place{next, at.length + 1}
			if _, known := paths[to]; !known {
				paths[to] = paths[at] + strconv.Itoa(digit)
				todo = append(todo, to)
			}
		}
	}
	return found
}

// Trunk returns the region's trunk prefix, its country code, and how many digits its longest
// national numbers have.
func (r Region) Trunk() (trunk, code string, length int) {
	d := diallingByRegion()[r]
	length = maxDigits - len(d.code)
	for !possibleLength(d.code, strings.Repeat("1", length)) {
		length--
	}
	return plansByCode()[d.code].trunk, d.code, length
}
