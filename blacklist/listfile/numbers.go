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
