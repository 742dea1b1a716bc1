package listfile

import (
	"errors"
	"strings"

	"github.com/ringfence/ringfence/phone"
)

// numbers reads the numbers of a file.
type numbers struct {
	region     phone.Region
	impossible bool
	// own accepts digits with a country code, but without +, as package phone reads
	// them: the file was written for Ringfence.
	own bool
	// code is "+" and the country code of numbers without one, "" for any country.
	code string
	// needsCountry refuses numbers without a country code, such as extensions.
	needsCountry bool
}

// read reads a number or a prefix in any spelling, or a pattern of another system that
// means one.
func (n numbers) read(text string) (phone.Pattern, *Problem) {
	if isExpression(text) {
		return n.expression(text)
	}
	return n.readNumber(text)
}

func (n numbers) readNumber(text string) (phone.Pattern, *Problem) {
	pattern, err := n.region.Pattern(text)
	if err != nil {
		return phone.Pattern{}, numberProblem(text, err)
	}
	switch {
	case n.guessed(pattern, text):
		return phone.Pattern{}, n.countryProblem()
	case n.needsCountry && !pattern.International():
		return phone.Pattern{}, &Problem{Cause: Incomplete, Detail: pattern.String() + " is not a complete number of its country"}
	case !n.impossible && !pattern.Possible():
		return phone.Pattern{}, &Problem{
			Cause:  Impossible,
			Detail: pattern.String() + " has a length that does not exist in its country",
		}
	}
	return pattern, nil
}

// guessed reports whether the country code of a number is a guess: digits without + in
// a file without a region, or a number outside the country of the list.
func (n numbers) guessed(pattern phone.Pattern, text string) bool {
	switch {
	case !pattern.International():
		return false
	case n.code != "":
		return !strings.HasPrefix(pattern.String(), n.code) && !n.region.NamesCountry(text)
	}
	return n.region == "" && !n.own && !n.region.NamesCountry(text)
}

func (n numbers) countryProblem() *Problem {
	if n.code == "" {
		return &Problem{Cause: NoCountry, Detail: phone.ErrNoRegion.Error()}
	}
	return &Problem{
		Cause:  OtherCountry,
		Detail: "the list is about " + n.code + " numbers; this may be a forged number",
	}
}

// numberProblem returns why a text is not a number.
func numberProblem(text string, err error) *Problem {
	cause := NotANumber
	switch {
	case errors.Is(err, phone.ErrMissing):
		cause = NoNumber
	case errors.Is(err, phone.ErrWithheld):
		cause = Withheld
	case errors.Is(err, phone.ErrTooLong):
		cause = TooLong
	case errors.Is(err, phone.ErrTooShort):
		cause = Incomplete
	case errors.Is(err, phone.ErrNoRegion):
		cause = NoCountry
	case errors.Is(err, phone.ErrSeveral):
		cause = SeveralNumbers
	case errors.Is(err, phone.ErrSpreadsheet):
		cause = Spreadsheet
	case errors.Is(err, phone.ErrWildcard), strings.ContainsAny(text, "*＊"), numeric.MatchString(text) && strings.ContainsAny(text, "#_"):
		cause = BadPattern
	}
	return &Problem{Cause: cause, Detail: errors.Unwrap(err).Error()}
}
