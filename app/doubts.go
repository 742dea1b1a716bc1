package app

import (
	"context"
	"fmt"
	"slices"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

// weigh looks for doubts about entries before they are listed. What may refuse calls
// that somebody needs is an error that names every such entry, unless it is forced.
// What only has no effect is a warning.
func (l List) weigh(ctx context.Context, entries []blacklist.Entry, force bool) error {
	if !force {
		settings, err := l.Store.Settings(ctx)
		if err != nil {
			return err
		}
		var errs Errors
		for _, entry := range entries {
			if risk := typedRisk(entry, settings); risk != "" {
				errs.add("", Errorf(Invalid, "", "%s; nothing was listed", risk).hint(HintForce, entry.Rule.String()))
			}
		}
		if err := errs.err(); err != nil {
			return err
		}
	}
	for _, entry := range entries {
		if doubt := doubt(entry.Rule.Pattern, l.Region); doubt != "" && l.Warn != nil {
			l.Warn(doubt)
		}
	}
	return nil
}

// maxShortNumber is how many digits a number has at most that is probably an extension
// or a service, or a piece of a number that was typed with blanks.
const maxShortNumber = 5

// typedRisk returns why an entry that was typed may block more callers than meant, or
// callers that somebody needs, or "".
func typedRisk(entry blacklist.Entry, settings policy.Settings) string {
	if risk := blacklist.Risk(entry, settings.Own); risk != "" || entry.Kind != blacklist.Block || entry.Rule.Pattern.IsPrefix() {
		return risk
	}
	number := entry.Rule.Pattern.Number()
	switch {
	case slices.Contains(settings.StarExtensions, number.String()):
		return fmt.Sprintf("%s is an extension of the setting star-extensions", number)
	case number.Short() && (entry.Rule.Pattern.International() || entry.Rule.Pattern.Digits() <= maxShortNumber):
		return fmt.Sprintf("%s is a short number, such as an extension or a service", number)
	}
	return ""
}

// doubt returns why a pattern probably matches no caller, or "".
func doubt(pattern phone.Pattern, region phone.Region) string {
	switch {
	case pattern.IsPrefix():
		if !pattern.Possible() {
			return fmt.Sprintf("%s: no number begins with these digits", pattern)
		}
	case !pattern.International() && pattern.Digits() > maxShortNumber && region == "":
		return fmt.Sprintf("%s has no country code: it matches only callers that show exactly these digits; use + and the country code, or set --region", pattern)
	case !pattern.International() && pattern.Digits() > maxShortNumber:
		return fmt.Sprintf("%s has no area code: it matches only callers that show exactly these digits; write the whole number", pattern)
	case !pattern.Possible():
		return fmt.Sprintf("%s: no number of its country has so many digits, so no caller may ever show it", pattern)
	}
	return ""
}
