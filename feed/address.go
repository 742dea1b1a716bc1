package feed

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
)

// hidden stands for what is not shown.
const hidden = "xxxxx"

// minSecret is the shortest text that is hidden wherever it occurs: shorter
// ones occur by chance.
const minSecret = 4

// errURL never quotes the URL: it may hold a secret.
var errURL = errors.New("that is no URL: write https://HOST/PATH, http://HOST/PATH or file:///PATH")

// checkURL returns why a text is no URL of a feed, or nil.
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

// local reports whether the feed is a file of this machine.
func (f Feed) local() bool {
	parsed, err := url.Parse(f.URL)
	return err == nil && parsed.Scheme == "file"
}

// localPath returns the path of a file:// URL.
func localPath(parsed *url.URL) (string, error) {
	if parsed.Host != "" && parsed.Host != "localhost" {
		return "", fmt.Errorf("a file on %s is out of reach: write file:///PATH for one on this machine", parsed.Host)
	}
	if !filepath.IsAbs(parsed.Path) || parsed.User != nil || parsed.RawQuery != "" || parsed.Fragment != "" {
		return "", errors.New("that is no path of a file: write file:///PATH, special characters as %XX")
	}
	return filepath.Clean(parsed.Path), nil
}

// ShownAddress returns what may be shown of the URL of a feed or a calendar: no
// user, no password and no value of a query.
func ShownAddress(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return hidden
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
		text.WriteString(hidden + "@")
	}
	text.WriteString(address.Host + address.EscapedPath())
	separator := "?"
	for pair := range strings.FieldsFuncSeq(address.RawQuery, func(r rune) bool { return r == '&' || r == ';' }) {
		text.WriteString(separator)
		if name, _, valued := strings.Cut(pair, "="); valued {
			text.WriteString(name + "=")
		}
		text.WriteString(hidden)
		separator = "&"
	}
	return text.String()
}

// secrets returns the texts of the feed that nobody may see, the longest first.
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
		// "Bearer" is no secret, what follows it is.
		found = append(found, strings.Fields(value)...)
	}
	found = slices.DeleteFunc(found, func(text string) bool { return len(text) < minSecret })
	slices.SortFunc(found, func(a, b string) int { return len(b) - len(a) })
	return found
}

// conceal returns the text without the feed's secrets.
func (f Feed) conceal(text string) string {
	for _, secret := range f.secrets() {
		text = strings.ReplaceAll(text, secret, hidden)
	}
	return text
}

// concealed returns the error without the feed's secrets.
func (f Feed) concealed(err error) error {
	if text := f.conceal(err.Error()); text != err.Error() {
		return &concealedError{text, err}
	}
	return err
}

// concealedError is an error whose words may be shown. Its cause can be found,
// but not unwrapped.
type concealedError struct {
	text  string
	cause error
}

func (e *concealedError) Error() string { return e.text }

func (e *concealedError) Is(target error) bool { return errors.Is(e.cause, target) }

func (e *concealedError) As(target any) bool { return errors.As(e.cause, target) }
