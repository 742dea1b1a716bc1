package feed

import (
	"errors"
	"fmt"
	"maps"
	"net/textproto"
	"regexp"
	"slices"
	"strings"
)

// Header holds HTTP headers by name. The values are secrets, such as tokens.
type Header map[string]string

// reservedHeaders are headers that a Fetcher sets itself.
var reservedHeaders = []string{
	"Host", "Connection", "Transfer-Encoding", "Content-Length", "Range", "Accept-Encoding", "If-None-Match", "If-Modified-Since",
}

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	headerValue = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]+$`)
)

// Add adds a line such as "Authorization: Bearer abc". Errors do not show the value.
func (h Header) Add(line string) error {
	name, value, found := strings.Cut(line, ":")
	name = textproto.CanonicalMIMEHeaderKey(strings.Trim(name, " "))
	if !found || !headerName.MatchString(name) {
		return errors.New("invalid header: use NAME: VALUE")
	}
	if _, there := h[name]; there {
		return fmt.Errorf("the header %s is set twice", name)
	}
	added := Header{name: strings.Trim(value, " \t")}
	if err := added.Check(); err != nil {
		return err
	}
	h[name] = added[name]
	return nil
}

// Check returns everything that is invalid, or nil. It does not show values.
func (h Header) Check() error {
	var errs []error
	for _, name := range h.Names() {
		switch {
		case !headerName.MatchString(name):
			errs = append(errs, fmt.Errorf("invalid header name %q", name))
		case slices.Contains(reservedHeaders, textproto.CanonicalMIMEHeaderKey(name)):
			errs = append(errs, fmt.Errorf("the header %s is set by ringfence itself", name))
		case !headerValue.MatchString(h[name]):
			errs = append(errs, fmt.Errorf("the header %s has an empty or invalid value", name))
		}
	}
	return errors.Join(errs...)
}

// Names returns the names of the headers in order. They are not secret.
func (h Header) Names() []string {
	names := slices.AppendSeq(make([]string, 0, len(h)), maps.Keys(h))
	slices.Sort(names)
	return names
}
