package listfile

import (
	"bufio"
	"bytes"
	"io"
)

// objects cuts the objects of a JSON array out of a file. An object that is
// broken costs itself, and what stands on its line if a quote is never closed.
type objects struct {
	r    *bufio.Reader
	line int64
	text []byte
	err  error
}

func newObjects(l *lines) *objects {
	return &objects{r: bufio.NewReaderSize(l.rest(), maxRecord), line: 1}
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

// enter goes to the first array, or to the one under a key of the outer
// object.
func (o *objects) enter(key string) {
	depth, found := 0, key == ""
	for {
		c, ok := o.read()
		switch {
		case !ok:
			return
		case c == '"':
			text, closed := o.quotedText()
			if !closed {
				return
			}
			found = depth == 1 && text == key || key == ""
		case c == '{':
			depth++
			found = key == ""
		case c == '}':
			depth--
		case c == '[' && found:
			return
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',':
			found = key == ""
		}
	}
}

// quotedText reads a string to its closing quote, and returns its beginning.
func (o *objects) quotedText() (text string, closed bool) {
	const most = 20
	for escaped := false; ; {
		c, ok := o.read()
		switch {
		case !ok:
			return text, false
		case escaped:
			escaped = false
		case c == '\\':
			escaped = true
		case c == '"':
			return text, true
		}
		if len(text) < most {
			text += string(c)
		}
	}
}

// next returns the next element of the array; false at its end, and where the
// file ends.
func (o *objects) next() (record, bool) {
	for {
		c, ok := o.read()
		switch {
		case !ok || c == ']':
			return record{}, false
		case c == '{':
			rec := record{line: o.line}
			rec.broken = o.object()
			rec.text = o.text
			return rec, ok
		case bytes.IndexByte([]byte(" \t\r\n,"), c) < 0:
			rec := record{line: o.line, broken: "an object in braces belongs here"}
			o.text = append(o.text[:0], c)
			o.skip()
			rec.text = o.text
			return rec, true
		}
	}
}

// object reads an object to its closing brace, and says what is wrong with
// it.
func (o *objects) object() (broken string) {
	o.text = append(o.text[:0], '{')
	quoted, escaped := false, false
	for depth := 1; depth > 0; {
		c, ok := o.read()
		switch {
		case !ok:
			return "the file ends in it"
		case c == '\n' && quoted:
			return "a quote is opened and not closed"
		case len(o.text) >= maxRecord:
			return "it is longer than 64 KiB"
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
		}
		o.text = append(o.text, c)
	}
	return ""
}

// skip reads what is no object up to where the next element may begin.
func (o *objects) skip() {
	for {
		next, err := o.r.Peek(1)
		if err != nil || bytes.IndexByte([]byte(",{]\n"), next[0]) >= 0 {
			return
		}
		c, _ := o.read()
		if len(o.text) < maxShown {
			o.text = append(o.text, c)
		}
	}
}

// openArray reads each object of an array.
func openArray(key string, newParser func(n numbers, options Options) parser) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		return func(yield func(Row) bool) error {
			o := newObjects(l)
			o.enter(key)
			parse := newParser(n, options)
			for {
				rec, ok := o.next()
				if !ok {
					return o.failed()
				}
				decode(&rec)
				if rec.broken != "" {
					ok = yield(rec.refused(&Problem{Cause: BrokenRow, Detail: rec.broken}))
				} else {
					ok = parse(rec, yield)
				}
				if !ok {
					return nil
				}
			}
		}
	}
}

// failed returns why the array could not be read to its end.
func (o *objects) failed() error {
	if o.err == io.EOF { //nolint:errorlint // bufio gives what it was given
		return io.ErrUnexpectedEOF
	}
	return o.err
}
