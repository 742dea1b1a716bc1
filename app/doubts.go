package app

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

// weigh looks for doubts about entries before they are listed. What may refuse calls
// that somebody needs is an error that names every such entry, or a warning if it is
// forced. What only has no effect is a warning. Texts are how rules were typed.
func (l List) weigh(ctx context.Context, entries []blacklist.Entry, texts map[blacklist.Rule]Line, force bool) error {
	settings, err := l.Store.Settings(ctx)
	if err != nil {
		return err
	}
	var errs Errors
	var warnings []string
	for _, entry := range entries {
		risk := l.risk(entry, settings)
		switch {
		case risk != "" && !force:
			errs.add("", Errorf(Invalid, "", "%s; nothing was listed", risk).hint(HintForce, entry.Rule.String()))
		case risk != "":
			warnings = append(warnings, risk)
		}
		pattern := entry.Rule.Pattern
		if short(pattern) || l.Region.Emergency(pattern.Number()) {
			continue
		}
		if doubt := l.Region.Doubt(cmp.Or(texts[entry.Rule].Text, pattern.String()), pattern); doubt != "" {
			warnings = append(warnings, doubt)
		}
	}
	if err := errs.err(); err != nil || l.Warn == nil {
		return err
	}
	for _, warning := range warnings {
		l.Warn(warning)
	}
	return nil
}

// maxShortNumber is how many digits a number has at most that is probably an extension
// or a service, or a piece of a number that was typed with blanks.
const maxShortNumber = 5

// short reports whether a pattern is a short number, with its country code or without.
func short(pattern phone.Pattern) bool {
	return pattern.Number().Short() && (pattern.International() || pattern.Digits() <= maxShortNumber)
}

// risk returns why an entry that was typed may block more callers than meant, or
// callers that somebody needs, or "".
func (l List) risk(entry blacklist.Entry, settings policy.Settings) string {
	if risk := blacklist.Risk(entry, settings.Own); risk != "" || entry.Kind != blacklist.Block {
		return risk
	}
	number := entry.Rule.Pattern.Number()
	switch {
	case l.Region.Emergency(number):
		return fmt.Sprintf("%s is an emergency number", number)
	case l.extension(number, settings):
		return fmt.Sprintf("%s is an extension of the setting star-extensions", number)
	case short(entry.Rule.Pattern):
		return fmt.Sprintf("%s is a short number, such as an extension or a service", number)
	}
	return ""
}

// extension reports whether a number is an extension of the setting star-extensions, as
// a call from it would be read: with a region, the digits of some are a national number.
func (l List) extension(number phone.Number, settings policy.Settings) bool {
	return number.Known() && slices.ContainsFunc(settings.StarExtensions, func(name string) bool {
		return name == number.String() || l.Region.Caller(name) == number
	})
}

// DialledDoubt returns why a dialled number or range that was typed probably matches no
// call, or "". Extensions are possible.
func DialledDoubt(text string, region phone.Region) string {
	pattern, err := region.Dialled(text)
	switch {
	case err != nil:
		return ""
	case pattern.International():
		return region.Doubt(text, pattern)
	case pattern.IsPrefix() || short(pattern) && !strings.HasPrefix(pattern.String(), "0"):
		return ""
	}
	return fmt.Sprintf("%s has no area code: it matches only calls that the trunk delivers with exactly these digits", pattern)
}
