package phone

import (
	"errors"
	"strings"
	"unicode"
)

// spellTyped is spell for what people type and files hold. It takes no digits
// together that may be two numbers, and leaves out nothing: spell, which reads
// what lines send, does both.
func (r Region) spellTyped(text string) (spelling, error) {
	if isPlain(text) {
		if s, ok := spellPlain(text); ok {
			if len(s.digits) < len(text) && r.holdsSeveral(groups(text), s, false) {
				return spelling{}, errSeveral
			}
			return s, nil
		}
	}
	text, err := uncell(text)
	if err != nil {
		return spelling{}, err
	}
	uri := isURI(text)
	if uri {
		user, _ := userPart(text)
		_, err = withoutWildcards(user)
	} else {
		text, err = withoutWildcards(text)
	}
	if err != nil {
		return spelling{}, err
	}
	s, err := spell(text)
	switch {
	case errors.Is(err, errPlus) && strings.ContainsFunc(text, isSeparator):
		return spelling{}, errSeveral
	case isBehind(err, text):
		return spelling{}, errSeveral
	case err != nil:
		return spelling{}, err
	case uri && isSecondNumber(s.rest), !uri && !isParameter(s.rest):
		return spelling{}, errSeveral
	case len(s.digits) == len(text):
		return s, nil
	}
	name, _, address := strings.Cut(text, "<")
	if address && !strings.Contains(name, `"`) && hasDigits(name, minInternational) {
		return spelling{}, errSeveral
	}
	if _, host, _ := strings.Cut(text, "@"); isDigits(strings.Map(withoutSeparators, host)) {
		return spelling{}, errSeveral
	}
	user, _ := userPart(text)
	if r.holdsSeveral(groups(user), s, uri) {
		return spelling{}, errSeveral
	}
	return s, nil
}

// isPlain reports whether a text has nothing but digits and usual separators, so that
// no spreadsheet and no other system shows in it.
func isPlain(text string) bool {
	signs := 0
	for i := range len(text) {
		switch c := text[i]; c {
		case '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
			signs = 0
			continue
		case '-', '/':
			signs++
		case '+', '(', ')', ' ':
		default:
			return false
		}
		if signs > 1 || i == len(text)-1 || i == 0 && text[i] != '+' && text[i] != '(' {
			return false
		}
	}
	return !isDate(text)
}

// isURI reports whether a text is a SIP or tel URI, or an address with a host.
func isURI(text string) bool {
	if strings.ContainsAny(text, "<@") {
		return true
	}
	scheme, _, ok := strings.Cut(text, ":")
	if !ok {
		return false
	}
	switch strings.ToLower(scheme) {
	case "sip", "sips", "tel":
		return true
	}
	return false
}

// withoutSeparators maps the separators of a number, without the points of an address, and the + to nothing.
func withoutSeparators(c rune) rune {
	if c != '.' && isSeparator(c) || isPlus(c) {
		return -1
	}
	return c
}

// isBehind reports whether the letter or character of an error stands between a
// number and further digits: an extension, or a word between two numbers.
func isBehind(err error, text string) bool {
	var strange strangeRune
	if !errors.As(err, &strange) {
		return false
	}
	before, after, _ := strings.Cut(text, string(strange))
	return strange == '|' || hasDigits(before, minWhole) && hasDigits(after, 1)
}

// isSecondNumber reports whether the text after the number of a URI is another
// number or a wildcard, not a parameter or headers.
func isSecondNumber(rest string) bool {
	return !strings.Contains(rest, "=") && (strings.HasPrefix(rest, "?") || hasDigits(rest, 1))
}

// isParameter reports whether the text after a plain number is blank or the
// parameters of a URI without its scheme.
func isParameter(rest string) bool {
	return strings.TrimSpace(rest) == "" || strings.HasPrefix(rest, ";") && strings.Contains(rest, "=")
}

func hasDigits(text string, least int) bool {
	n := 0
	for _, c := range text {
		if unicode.IsDigit(c) {
			n++
		}
	}
	return n >= least
}
