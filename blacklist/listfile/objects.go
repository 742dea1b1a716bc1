package listfile

import (
	"bufio"
	"io"
)

// objects cuts the objects of a JSON array out of a file. An element that is
// broken costs itself, and what stands on its line if a quote is never closed.
// Where the array ends is never guessed: rows behind a wrong end would go from
// the list.
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

func newObjects(l *lines, key string) *objects {
	return &objects{r: bufio.NewReaderSize(l.rest(), maxRecord), key: key, line: 1}
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

// enter goes to the first array, or to the one under the key of the outer
// object.
func (o *objects) enter() {
	depth, found := 0, o.key == ""
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
			found = depth == 1 && text == o.key || o.key == ""
		case c == '{':
			depth++
			found = o.key == ""
		case c == '}':
			depth--
		case c == '[' && found:
			return
		case c == '[':
			depth++
		case c == ']':
			depth--
		case c == ',':
			found = o.key == ""
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

// openArray reads each object of an array.
func openArray(key string, newParser func(n numbers, options Options) parser) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		return func(yield func(Row) bool) error {
			o := newObjects(l, key)
			o.enter()
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

// failed returns why the array could not be read to its end, nil if it could.
func (o *objects) failed() error {
	if o.err == io.EOF { //nolint:errorlint // bufio gives what it was given
		return io.ErrUnexpectedEOF
	}
	return o.err
}
