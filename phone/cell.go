package phone

import (
	"errors"
	"regexp"
	"strings"
	"unicode"
)

// ErrSpreadsheet is in the errors of Number and Pattern for a number that a spreadsheet has
// changed, so that it can't be known any more.
var ErrSpreadsheet = errors.New("a spreadsheet such as Excel has changed the number; format the column as text there, and export again")

var (
	// decimal is a number that a spreadsheet or a program took for an amount. The
	// digits are what it was; 555.0000, 202.555.0000 and 01.42.34.50.00 are none.
	decimal = regexp.MustCompile(`^(?:(\+?[0-9]{5,})[.,]0+|([0-9]{1,4})[.,]0{1,2})$`)
	// changed is a number of which digits are missing, or that is the result of a
	// formula: 4.93023E+11, 493,023,125,012.00, -23125.
	changed = regexp.MustCompile(`^[+-]?[0-9]+(?:[.,][0-9]+)?[eE][+-]?[0-9]+$|` +
		`^[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+$|^[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+$|` +
		`^-[0-9]+(?:[.,][0-9]+)?$|^#+$|^#(?:N/A|[A-Z]+[!?]|DIV/0!)$`)
	// date is a day of 1900 to 2099: 2026-11-02, 02.11.2026, 11/2/2026.
	date = regexp.MustCompile(`^(?:(?:19|20)[0-9]{2}[-./](?:0[1-9]|1[0-2])[-./](?:0[1-9]|[12][0-9]|3[01])|` +
		`(?:0?[1-9]|[12][0-9]|3[01])([-./])(?:0?[1-9]|[12][0-9]|3[01])[-./](?:19|20)[0-9]{2})$`)
)

var errDate = errors.New("it is a date, not a number")

// maxDate is how many bytes a date has.
const maxDate = 10

func isDate(text string) bool {
	return len(text) <= maxDate && strings.ContainsAny(text, "-./") && date.MatchString(text)
}

// uncell returns a text without what spreadsheets put around a number: ="…", quotes, an apostrophe
// before it, and decimals of zeros.
func uncell(text string) (string, error) {
	text = strings.TrimFunc(text, isBlank)
	if !strings.ContainsAny(text, `=#'"“”‘’,.eE-/`) {
		return text, nil
	}
	for {
		shorter := unquote(strings.TrimFunc(text, isBlank))
		if shorter == text {
			break
		}
		text = shorter
	}
	if isDate(text) {
		return "", errDate
	}
	if match := decimal.FindStringSubmatch(text); match != nil {
		return match[1] + match[2], nil
	}
	if (strings.ContainsAny(text, "eE#,") || strings.HasPrefix(text, "-")) && changed.MatchString(text) {
		return "", ErrSpreadsheet
	}
	return text, nil
}

func isBlank(c rune) bool { return unicode.In(c, unicode.Z, unicode.C) }

// unquote removes one pair of quotes, an equals sign or an apostrophe.
func unquote(text string) string {
	for _, pair := range []string{`""`, "''", "“”", "‘’"} {
		quotes := []rune(pair)
		first, last := string(quotes[0]), string(quotes[1])
		if inside, ok := strings.CutPrefix(text, first); ok && strings.HasSuffix(inside, last) {
			return strings.TrimSuffix(inside, last)
		}
	}
	for _, mark := range []string{"=", "'", "’"} {
		if rest, ok := strings.CutPrefix(text, mark); ok {
			return rest
		}
	}
	return text
}
