package listfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
)

// next returns the next element of the array; false at its end, and where the
// file can't be read on.
func (o *objects) next() (record, bool) {
	for o.err == nil {
		c, ok := o.read()
		switch {
		case !ok:
			return record{}, false
		case c == ']':
			if ended := o.ended(); ended || !o.lost {
				return record{}, false
			}
		case bytes.IndexByte([]byte(" \t\r\n,"), c) >= 0:
		case c == '{' || !o.lost:
			rec := record{line: o.line}
			rec.broken = o.element(c)
			rec.text = o.text
			if c != '{' && rec.broken == "" {
				rec.broken = "an object in braces belongs here"
			}
			o.lost = o.lost && rec.broken != ""
			return rec, true
		}
	}
	return record{}, false
}

// ended reports whether the ] that was read is the array's: what follows must
// be the rest of the outer object, if there is one, and then the end of the
// file. If something else does, nobody can tell where the list ends.
func (o *objects) ended() bool {
	rest, err := o.r.Peek(maxRecord)
	switch {
	case err == io.EOF && o.last(rest):
		return true
	case o.lost:
	case err != nil && err != io.EOF:
		o.err = err
	default:
		o.err = fmt.Errorf("there is something behind the ] on line %d that ends the list", o.line)
	}
	return false
}

func (o *objects) last(rest []byte) bool {
	if o.key == "" {
		return len(bytes.TrimSpace(rest)) == 0
	}
	var outer map[string]json.RawMessage
	err := json.Unmarshal(slices.Concat([]byte(`{"":[]`), rest), &outer)
	_, again := outer[o.key]
	return err == nil && !again
}

// maxNested is how deep the brackets of an element may be nested.
const maxNested = 1000

// element reads an element, whatever it is, to its end, and says what is
// wrong with it, "" if its brackets and quotes are in order.
func (o *objects) element(first byte) (broken string) {
	o.text, o.open = o.text[:0], o.open[:0]
	quoted, escaped := false, false
	for c := first; ; {
		switch {
		case c == '\n' && quoted:
			o.lost = true
			return "a quote is opened and not closed"
		case len(o.text) < maxRecord:
			o.text = append(o.text, c)
		default:
			broken = "it is longer than 64 KiB"
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && !o.bracket(c):
			return "brackets don't match"
		}
		if !quoted && o.complete(c) {
			return broken
		}
		var ok bool
		if c, ok = o.read(); !ok {
			return "the file ends in it"
		}
	}
}

// bracket keeps the brackets that are open. One that closes another kind
// leaves no way to tell where the element ends; the reading ends there, except
// while it is lost anyway.
func (o *objects) bracket(c byte) (matched bool) {
	switch c {
	case '{':
		o.open = append(o.open, '}')
	case '[':
		o.open = append(o.open, ']')
	case '}', ']':
		last := len(o.open) - 1
		if last < 0 {
			return true // It stands alone.
		}
		matched = o.open[last] == c
		o.open = o.open[:last]
		if !matched && !o.lost {
			o.err = fmt.Errorf("a %q on line %d closes another bracket", c, o.line)
		}
		return matched
	}
	if len(o.open) > maxNested {
		o.err = fmt.Errorf("brackets are nested more than %d deep on line %d", maxNested, o.line)
		return false
	}
	return true
}

// complete reports whether the element ends behind a character that isn't in
// quotes.
func (o *objects) complete(c byte) bool {
	if len(o.open) > 0 {
		return false
	}
	if bytes.IndexByte([]byte(`}]"`), c) >= 0 {
		return true
	}
	next, err := o.r.Peek(1)
	return err != nil || bytes.IndexByte([]byte("{}[]\",\n"), next[0]) >= 0
}
