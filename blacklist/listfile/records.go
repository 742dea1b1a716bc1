package listfile

import (
	"bytes"
	"errors"
	"io"
)

// The bounds of a record. A quote that is never closed makes a record of the
// rest of the file; within these bounds it is found out, and only the line
// that it stands on is lost.
const (
	maxRecord      = 64 << 10 // bytes
	maxRecordLines = 32
)

// whole is the delimiter of a file whose lines are one field each, whatever
// stands in them.
const whole = 0

// lines cuts text into records of fields, much as encoding/csv does. Unlike
// that, it gives back what it can't cut as a broken record of one line, and
// goes on behind it.
type lines struct {
	r    io.Reader
	err  error // of r, io.EOF included
	buf  []byte
	at   int // beginning of the next record in buf
	line int64
	end  byte // the last byte of a line's end: \n, or \r for old Macs

	delimiter byte
	fields    [][]byte
	scratch   []byte
}

// record is one record. Its bytes are valid until the next one is read.
type record struct {
	line   int64 // on which it begins, the first being 1
	text   []byte
	fields [][]byte
	broken string // why the line can't be cut into fields, "" if it can
	long   bool   // the line is longer than a record may be; text is its beginning
}

func newLines(r io.Reader) *lines {
	return &lines{r: r, end: '\n', buf: make([]byte, 0, 4*maxRecord)}
}

// more reads on behind what is there, and reports whether there was more.
func (l *lines) more() bool {
	if l.err != nil {
		return false
	}
	if l.at > 0 {
		l.buf = l.buf[:copy(l.buf, l.buf[l.at:])]
		l.at = 0
	}
	if len(l.buf) == cap(l.buf) {
		return false
	}
	for range 100 {
		n, err := l.r.Read(l.buf[len(l.buf):cap(l.buf)])
		l.buf = l.buf[:len(l.buf)+n]
		l.err = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	l.err = io.ErrNoProgress
	return false
}

// next returns the next record, blank lines left out; false at the end.
func (l *lines) next() (record, bool) {
	for {
		rec, ok := l.cut()
		if !ok || len(rec.text) > 0 {
			return rec, ok
		}
	}
}

// failed returns why the file could not be read to its end.
func (l *lines) failed() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// cut cuts one record off. Offsets are counted from l.at, since reading on
// moves what is there.
func (l *lines) cut() (record, bool) {
	l.line++
	first := l.lineEnd(0)
	if first.text == 0 && first.next == 0 {
		return record{}, false
	}
	if first.next > maxRecord {
		return l.tooLong(), true
	}
	rec := record{line: l.line}
	length, size, count := first.text, first.next, 1
	if l.delimiter != whole && bytes.IndexByte(l.buf[l.at:l.at+length], '"') >= 0 {
		var broken string
		length, size, count, broken = l.quoted(first)
		if broken != "" {
			length, size, count = first.text, first.next, 1
			rec.broken = broken
		}
	} else {
		l.plain(l.buf[l.at : l.at+length])
	}
	if l.failed() != nil && l.at+size == len(l.buf) && l.buf[len(l.buf)-1] != l.end {
		return record{}, false // The line was cut short, and with it perhaps a number.
	}
	rec.text = l.buf[l.at : l.at+length]
	if rec.broken == "" {
		rec.fields = l.fields
	}
	l.at += size
	l.line += int64(count - 1)
	return rec, true
}

// extent is where a line's text ends and the next line begins, as offsets
// from l.at.
type extent struct{ text, next int }

// lineEnd finds the end of the line that begins at an offset. A line that is
// longer than a record may be ends where the reading stopped.
func (l *lines) lineEnd(from int) extent {
	searched := from
	for {
		if i := bytes.IndexByte(l.buf[l.at+searched:], l.end); i >= 0 {
			text, next := searched+i, searched+i+1
			if l.end == '\n' && text > from && l.buf[l.at+text-1] == '\r' {
				text--
			}
			return extent{text, next}
		}
		searched = len(l.buf) - l.at
		if searched-from > maxRecord || !l.more() {
			text := len(l.buf) - l.at
			if l.end == '\n' && l.err != nil && text > from && l.buf[l.at+text-1] == '\r' {
				text--
			}
			return extent{text, len(l.buf) - l.at}
		}
	}
}

// tooLong passes over a line that is longer than a record may be.
func (l *lines) tooLong() record {
	rec := record{line: l.line, broken: "the line is longer than 64 KiB", long: true}
	rec.text = bytes.Clone(l.buf[l.at : l.at+maxShown])
	for {
		if i := bytes.IndexByte(l.buf[l.at:], l.end); i >= 0 {
			l.at += i + 1
			return rec
		}
		l.at = len(l.buf)
		if !l.more() {
			return rec
		}
	}
}

// plain cuts a line that has no quotes.
func (l *lines) plain(text []byte) {
	l.fields = l.fields[:0]
	for l.delimiter != whole {
		i := bytes.IndexByte(text, l.delimiter)
		if i < 0 {
			break
		}
		l.fields = append(l.fields, text[:i])
		text = text[i+1:]
	}
	l.fields = append(l.fields, text)
}
