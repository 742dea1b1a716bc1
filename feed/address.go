package feed

import (
	"errors"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// redacted replaces secrets.
const redacted = "xxxxx"

// minSecret is the minimum length of a text that is redacted everywhere, in bytes.
// Shorter texts occur by chance.
const minSecret = 4

// errURL does not quote the URL, which may have a secret.
var errURL = failuref("invalid URL: use https://HOST/PATH, http://HOST/PATH or file:///PATH")

// checkURL returns an error if a text is not the URL of a feed.
func checkURL(text string) error {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Opaque != "" {
		return errURL
	}
	switch parsed.Scheme {
	case "http", "https":
		if parsed.Hostname() == "" {
			return errURL
		}
	case "file":
		if _, err := localPath(parsed); err != nil {
			return err
		}
	default:
		return errURL
	}
	return nil
}

// local reports whether the feed is a file on this machine.
func (f Feed) local() bool {
	parsed, err := url.Parse(f.URL)
	return err == nil && parsed.Scheme == "file"
}

// localPath returns the path of a file:// URL.
func localPath(parsed *url.URL) (string, error) {
	if parsed.Host != "" && parsed.Host != "localhost" {
		return "", failuref("cannot read a file on %s: use file:///PATH for a file on this machine", parsed.Host)
	}
	if !filepath.IsAbs(parsed.Path) || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", failuref("invalid path: use file:///PATH, with special characters as %%XX")
	}
	return filepath.Clean(parsed.Path), nil
}

// ShownAddress returns the URL of a feed or a calendar without user, password and
// values of the query.
func ShownAddress(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return redacted
	}
	return shown(parsed)
}

func shown(address *url.URL) string {
	if address.Scheme == "file" {
		return address.String()
	}
	var text strings.Builder
	text.WriteString(address.Scheme + "://")
	if address.User != nil {
		text.WriteString(redacted + "@")
	}
	text.WriteString(address.Host + address.EscapedPath())
	separator := "?"
	for pair := range strings.FieldsFuncSeq(address.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		text.WriteString(separator)
		if name, _, valued := strings.Cut(pair, "="); valued {
			text.WriteString(name + "=")
		}
		text.WriteString(redacted)
		separator = "&"
	}
	return text.String()
}

// secrets returns the secret texts of the feed, the longest first.
func (f Feed) secrets() []string {
	var found []string
	if parsed, err := url.Parse(f.URL); err == nil {
		if parsed.User != nil {
			password, _ := parsed.User.Password()
			found = append(found, parsed.User.String(), parsed.User.Username(), password)
		}
		found = append(found, parsed.RawQuery)
		for _, values := range parsed.Query() {
			for _, value := range values {
				found = append(found, value, url.QueryEscape(value))
			}
		}
	}
	for _, value := range f.Header {
		found = append(found, value)
		// The word after "Bearer" is the secret.
		found = append(found, strings.Fields(value)...)
	}
	found = slices.DeleteFunc(found, func(text string) bool { return len(text) < minSecret })
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return found
}

// redact returns the text without the feed's secrets.
func (f Feed) redact(text string) string {
	for _, secret := range f.secrets() {
		text = strings.ReplaceAll(text, secret, redacted)
	}
	return text
}

// redactError returns the error without the feed's secrets.
func (f Feed) redactError(err error) error {
	if text := f.redact(err.Error()); text != err.Error() {
		return &redactedError{text, err}
	}
	return err
}

// redactedError is an error with redacted text. errors.Is and errors.As find its cause,
// but it cannot be unwrapped.
type redactedError struct {
	text  string
	cause error
}

func (e *redactedError) Error() string { return e.text }

func (e *redactedError) Is(target error) bool { return errors.Is(e.cause, target) }

func (e *redactedError) As(target any) bool { return errors.As(e.cause, target) }
