package config

import (
	"net/url"
	"slices"
	"strings"
)

// shownParameters are the parameters of a Redis URL that are not secret.
var shownParameters = []string{"addr", "master_name", "username", "db"}

// maskedURL returns a Redis URL without the passwords before the host and after
// the ?. It hides the whole URL if special characters in a password may have moved
// it into another part.
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

// maskedWebhook returns a webhook's URL as it may be shown: in many of them the
// part after the host is the secret.
func maskedWebhook(text string) string {
	const hidden = "(secret)"
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme == "" || parsed.Host == "" {
		return hidden
	}
	return parsed.Scheme + "://" + parsed.Host + "/" + hidden
}
