package listfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// objects reads the elements of a JSON array. A broken element is skipped, and the rest
// of its line if a quote is never closed. The end of the array is never guessed: rows
// after a wrong end would be deleted from the list. A json.Decoder cannot do this: it
// stops at the first error, and holds a complete element of any length.
type objects struct {
	r    *bufio.Reader
	key  string // of the array in the outer object, "" if the file is the array
	line int64
	text []byte // of the element, cut at maxRecord
	err  error

	open []byte // the open brackets of the element
	// lost says that a line ended in a string: brackets and quotes are ignored until
	// an object is readable again.
	lost bool
}

// openArray reads each element of an array.
func openArray(key string, newParser func(n numbers, options Options) parser) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		o := &objects{r: l.r, key: key, line: 1}
		o.enter()
		return parsed(o, newParser(n, options))
	}
}

// errNoList means that JSON does not begin as its format requires.
var errNoList = errors.New("no list in the first 128 KiB")

// enter skips to the first element of the array.
func (o *objects) enter() {
	head, _ := o.r.Peek(headSize)
	outer := json.NewDecoder(bytes.NewReader(head))
	if o.err = enterArray(outer, o.key); o.err != nil {
		return
	}
	size := int(outer.InputOffset())
	o.line += int64(bytes.Count(head[:size], []byte("\n")))
	_, o.err = o.r.Discard(size)
}

// enterArray reads JSON up to the beginning of an array: the outer one, or the one
// with a key in the outer object.
func enterArray(outer *json.Decoder, key string) error {
	if _, err := outer.Token(); err != nil || key == "" {
		return err
	}
	for outer.More() {
		name, err := outer.Token()
		if err != nil {
			return err
		}
		if name == key {
			if bracket, err := outer.Token(); err != nil || bracket != json.Delim('[') {
				return errors.Join(errNoList, err)
			}
			return nil
		}
		var other json.RawMessage
		if err := outer.Decode(&other); err != nil {
			return errors.Join(errNoList, err)
		}
	}
	return errNoList
}

func (o *objects) read() (byte, bool) {
	c, err := o.r.ReadByte()
	if err != nil {
		o.err = err
		return 0, false
	}
	if c == '\n' {
		o.line++
	}
	return c, true
}

// failed returns why the array was not read to its end, or nil.
func (o *objects) failed() error {
	if o.err == io.EOF { //nolint:errorlint // bufio does not wrap it.
		return io.ErrUnexpectedEOF
	}
	return o.err
}

// next returns the next element of the array; false at its end and after an error.
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
				rec.broken = "not an object in braces"
			}
			o.lost = o.lost && rec.broken != ""
			return rec, true
		}
	}
	return record{}, false
}

// ended reports whether the ] that was read ends the array: only the rest of the outer
// object and the end of the file may follow. Anything else is an error.
func (o *objects) ended() bool {
	rest, err := o.r.Peek(maxRecord)
	switch {
	case err == io.EOF && o.last(rest):
		return true
	case o.lost:
	case err != nil && err != io.EOF:
		o.err = err
	default:
		o.err = fmt.Errorf("extra data after the ] on line %d that ends the list", o.line)
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

// maxNested is the maximum depth of brackets in an element.
const maxNested = 1000

// element reads an element to its end, and returns what is wrong with its brackets or
// quotes, or "".
func (o *objects) element(first byte) (broken string) {
	o.text, o.open = o.text[:0], o.open[:0]
	quoted, escaped := false, false
	for c := first; ; {
		switch {
		case c == '\n' && quoted:
			o.lost = true
			return "a quote is not closed"
		case len(o.text) < maxRecord:
			o.text = append(o.text, c)
		default:
			broken = "longer than 64 KiB"
		}
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case !quoted && !o.bracket(c):
			return "brackets do not match"
		}
		if !quoted && o.complete(c) {
			return broken
		}
		var ok bool
		if c, ok = o.read(); !ok {
			return "the file ends within the element"
		}
	}
}

// bracket tracks open brackets. If a bracket closes another kind, the end of the element
// is unknown: reading stops, unless o.lost.
func (o *objects) bracket(c byte) (matched bool) {
	switch c {
	case '{':
		o.open = append(o.open, '}')
	case '[':
		o.open = append(o.open, ']')
	case '}', ']':
		last := len(o.open) - 1
		if last < 0 {
			return true // It is the element.
		}
		matched = o.open[last] == c
		o.open = o.open[:last]
		if !matched && !o.lost {
			o.err = fmt.Errorf("the %q on line %d does not match", c, o.line)
		}
		return matched
	}
	if len(o.open) > maxNested {
		o.err = fmt.Errorf("brackets are nested more than %d levels deep on line %d", maxNested, o.line)
		return false
	}
	return true
}

// complete reports whether the element ends after an unquoted character.
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
