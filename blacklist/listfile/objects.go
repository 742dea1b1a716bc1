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

// objects cuts the elements of a JSON array out of a file. One that is broken
// costs itself, and what stands on its line if a quote is never closed. Where
// the array ends is never guessed: rows behind a wrong end would go from the
// list. A json.Decoder does neither: it ends at the first error, and holds an
// element whole, however long it is.
type objects struct {
	r    *bufio.Reader
	key  string // the array's in the outer object, "" if it is the whole file
	line int64
	text []byte // of the element, cut at maxRecord
	err  error

	open []byte // the brackets that are open in the element
	// lost says that a line ended in a string: brackets and quotes mean
	// nothing until an object can be read again.
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

// errNoList says that JSON doesn't begin as its format does.
var errNoList = errors.New("there is no list in the first 128 KiB")

// enter goes to the first element of the array.
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

// enterArray reads JSON to the beginning of an array: the outermost, or the
// one under a key of the outer object.
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

// failed returns why the array could not be read to its end, nil if it could.
func (o *objects) failed() error {
	if o.err == io.EOF { //nolint:errorlint // bufio gives what it was given
		return io.ErrUnexpectedEOF
	}
	return o.err
}

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
// file. If something else does, nobody knows where the list ends.
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
// leaves the end of the element unknown; the reading ends there, except while
// it is lost anyway.
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
