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

// Header holds the lines that are sent along with each request, by their
// names. The values are secrets: a server may ask for a token there.
type Header map[string]string

// ours are the lines that a Fetcher writes itself.
var ours = []string{
	"Host", "Connection", "Transfer-Encoding", "Content-Length", "Range", "Accept-Encoding", "If-None-Match", "If-Modified-Since",
}

var (
	headerName  = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
	headerValue = regexp.MustCompile(`^[^\x00-\x08\x0a-\x1f\x7f]+$`)
)

// Add takes a line such as "Authorization: Bearer abc". Its errors show no
// value.
func (h Header) Add(line string) error {
	name, value, found := strings.Cut(line, ":")
	name = textproto.CanonicalMIMEHeaderKey(strings.Trim(name, " "))
	if !found || !headerName.MatchString(name) {
		return errors.New("that is no line of a header: write NAME: VALUE")
	}
	if _, there := h[name]; there {
		return fmt.Errorf("the header has %s twice", name)
	}
	added := Header{name: strings.Trim(value, " \t")}
	if err := added.Check(); err != nil {
		return err
	}
	h[name] = added[name]
	return nil
}

// Check returns what is wrong with the header, or nil. It shows no value.
func (h Header) Check() error {
	var wrong []error
	for _, name := range h.Names() {
		switch {
		case !headerName.MatchString(name):
			wrong = append(wrong, fmt.Errorf("%q is no name of a header's line", name))
		case slices.Contains(ours, textproto.CanonicalMIMEHeaderKey(name)):
			wrong = append(wrong, fmt.Errorf("%s is written by ringfence itself", name))
		case !headerValue.MatchString(h[name]):
			wrong = append(wrong, fmt.Errorf("the value of %s is empty, or holds characters that a header cannot have", name))
		}
	}
	return errors.Join(wrong...)
}

// Names returns the names of the lines, which may be shown, in their order.
func (h Header) Names() []string {
	names := slices.AppendSeq(make([]string, 0, len(h)), maps.Keys(h))
	slices.Sort(names)
	return names
}
