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
	// own takes digits for a number with its country code without a word of
	// it, as phone reads them; people wrote them for Ringfence.
	own bool
	// code is the + and country code of every number that doesn't name
	// another country's, "" for any.
	code string
	// abroad wants every number with its country: what strangers complained
	// about is no extension.
	abroad bool
}

// read reads a number or a prefix in any spelling.
func (n numbers) read(text string) (phone.Pattern, *Problem) {
	pattern, err := n.region.Pattern(text)
	if err != nil {
		return phone.Pattern{}, unread(text, err)
	}
	switch {
	case n.guessed(pattern, text):
		return phone.Pattern{}, n.unplaced()
	case n.abroad && !pattern.International():
		return phone.Pattern{}, &Problem{Cause: Incomplete, Detail: pattern.String() + " is no whole number of its country"}
	case !n.impossible && !pattern.Possible():
		return phone.Pattern{}, &Problem{
			Cause:  Impossible,
			Detail: pattern.String() + " has more or fewer digits than any number of its country",
		}
	}
	return pattern, nil
}

// guessed reports whether a country code was found in digits that need not
// have one: bare digits of a file whose country nobody named, or a number that
// the list's country doesn't have.
func (n numbers) guessed(pattern phone.Pattern, text string) bool {
	switch {
	case !pattern.International():
		return false
	case n.code != "":
		return !strings.HasPrefix(pattern.String(), n.code) && !n.region.NamesCountry(text)
	}
	return n.region == "" && !n.own && !n.region.NamesCountry(text)
}

func (n numbers) unplaced() *Problem {
	if n.code == "" {
		return &Problem{Cause: NoCountry, Detail: phone.ErrNoRegion.Error()}
	}
	return &Problem{
		Cause:  OtherCountry,
		Detail: "the list is about " + n.code + " numbers, and this is none; callers forge such",
	}
}

// unread says why a text is no number.
func unread(text string, err error) *Problem {
	cause := NotANumber
	switch {
	case errors.Is(err, phone.ErrMissing):
		cause = NoNumber
	case errors.Is(err, phone.ErrWithheld):
		cause = WithheldCause
	case errors.Is(err, phone.ErrTooLong):
		cause = TooLong
	case errors.Is(err, phone.ErrTooShort):
		cause = Incomplete
	case errors.Is(err, phone.ErrNoRegion):
		cause = NoCountry
	case strings.ContainsAny(text, "*＊"):
		cause = BadPattern
	}
	return &Problem{Cause: cause, Detail: errors.Unwrap(err).Error()}
}
