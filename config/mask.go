package config

import (
	"net/url"
	"slices"
	"strings"
)

// shownParameters are those of a Redis URL that are nobody's secret.
var shownParameters = []string{"addr", "master_name", "username", "db"}

// maskedURL returns a Redis URL as it may be shown: without passwords, neither
// that before the host nor that after the ?, and not at all where special
// characters of a password may have moved it to another place.
func maskedURL(text string) string {
	const hidden, mask = "(secret)", "xxxxx"
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme == "" || parsed.Opaque != "" || parsed.Fragment != "" || strings.Contains(parsed.Path, "@") {
		return hidden
	}
	var shown []string
	for part := range strings.SplitSeq(parsed.RawQuery, "&") {
		name, value, found := strings.Cut(part, "=")
		switch {
		case part == "":
			continue
		case !found || strings.ContainsAny(part, ";@%"):
			return hidden
		case !slices.Contains(shownParameters, name):
			value = mask
		}
		shown = append(shown, name+"="+value)
	}
	parsed.RawQuery = strings.Join(shown, "&")
	return parsed.Redacted()
}
