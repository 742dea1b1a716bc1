package listfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
)

// The limits of a record. A quote that is never closed would make a record of the rest
// of the file. With these limits, only its line is lost.
const (
	maxRecord      = 64 << 10 // bytes
	maxRecordLines = 32
)

// whole is the delimiter of a file whose lines have no fields.
const whole = 0

// The errors of quotes.
const (
	neverClosed = "a quote is not closed; double a quote that belongs to the text"
	goesOn      = "extra text after a closing quote; double a quote that belongs to the text"
)

// lines reads the records of a text with encoding/csv. A line with wrong quotes is a
// broken record, and reading continues after it.
type lines struct {
	r         *bufio.Reader
	err       error // of r, io.EOF included
	line      int64 // last line of the last record
	delimiter byte

	gathered gathered
	strict   *csv.Reader
	lenient  *csv.Reader // accepts quotes inside a text
}

// record is one record. Its bytes are valid until the next one is read.
type record struct {
	line   int64 // on which it begins, the first being 1
	text   []byte
	fields []string
	broken string // why the line has no fields, or ""
	long   bool   // the line is longer than a record may be; text is its beginning
}

func newLines(r io.Reader) *lines { return newLinesSize(r, 2*headSize) }

// newLinesSize is newLines with a buffer size, which must exceed the text or a record.
func newLinesSize(r io.Reader, size int) *lines {
	return &lines{r: bufio.NewReaderSize(&stickyReader{r: r}, size)}
}

// stickyReader does not read again after an error or the end: a terminal would wait for
// more input.
type stickyReader struct {
	r   io.Reader
	err error
}

func (l *stickyReader) Read(p []byte) (n int, err error) {
	if l.err == nil {
		n, l.err = l.r.Read(p)
	}
	return n, l.err
}

// peek returns the next bytes, fewer at the end of the file.
func (l *lines) peek(size int) []byte {
	size = min(size, l.r.Size())
	if l.err != nil {
		size = min(size, l.r.Buffered()) // This avoids moving the rest of the buffer each time.
	}
	text, err := l.r.Peek(size)
	if err != nil {
		l.err = err
	}
	return text
}

func (l *lines) discard(size int) { _, _ = l.r.Discard(size) } // They have been read already.

// failed returns why the file was not read to its end.
func (l *lines) failed() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// next returns the next record, without blank lines; false at the end.
func (l *lines) next() (record, bool) {
	for {
		l.line++
		window := l.peek(maxRecord + 1)
		text, size := cutLine(window)
		switch {
		case size == 0:
			return record{}, false
		case size > maxRecord:
			return l.tooLong(window), true
		case len(text) > 0:
			return l.cut(window, text, size)
		}
		l.discard(size)
	}
}

// cutLine returns the first line of a text, and its size with the line end.
func cutLine(text []byte) (line []byte, size int) {
	line, _, _ = bytes.Cut(text, []byte("\n"))
	size = min(len(line)+1, len(text))
	return bytes.TrimSuffix(line, []byte("\r")), size
}

// cut returns the record that begins with a line.
func (l *lines) cut(window, text []byte, size int) (record, bool) {
	rec := record{line: l.line, text: text}
	if l.delimiter != whole {
		if rec.fields, rec.broken = l.fields(window); rec.broken == "" {
			size = l.gathered.size
			rec.text = bytes.TrimSuffix(bytes.TrimSuffix(window[:size], []byte("\n")), []byte("\r"))
			l.line += int64(l.gathered.lines - 1)
		}
	}
	if l.failed() != nil && size == len(window) && window[size-1] != '\n' {
		return record{}, false // The line is incomplete, and maybe its number too.
	}
	l.discard(size)
	return rec, true
}

// fields reads the fields of the first record of a text. A text that is not quoted may
// have a quote: 5" pipe.
func (l *lines) fields(text []byte) (fields []string, broken string) {
	if l.strict == nil {
		l.strict, l.lenient = l.reader(), l.reader()
		l.lenient.LazyQuotes = true
	}
	l.gathered = gathered{text: text, most: maxRecordLines}
	fields, err := l.strict.Read()
	if errors.Is(err, csv.ErrBareQuote) {
		// Other quotes may be misread, but only on this line.
		l.gathered = gathered{text: text, most: 1}
		fields, err = l.lenient.Read()
	}
	switch {
	case l.gathered.open:
		return nil, neverClosed
	case err != nil:
		return nil, goesOn
	}
	return fields, ""
}

func (l *lines) reader() *csv.Reader {
	r := csv.NewReader(&l.gathered)
	r.Comma, r.FieldsPerRecord, r.ReuseRecord = rune(l.delimiter), -1, true
	return r
}

// gathered gives a csv.Reader the lines of one record: one line, and one more while a
// quote is open.
type gathered struct {
	text  []byte // begins with the record
	most  int    // maximum number of lines
	lines int    // number of lines given
	size  int    // size of these lines
	line  []byte // rest of the last line
	open  bool   // the quote is open at the limit
}

func (g *gathered) Read(p []byte) (int, error) {
	if len(g.line) == 0 {
		rest := g.text[g.size:]
		_, size := cutLine(rest)
		if size == 0 || g.size+size > maxRecord || g.lines == g.most {
			g.open = true
			return 0, io.EOF
		}
		g.line = rest[:size]
		if g.line[size-1] != '\n' {
			g.line = append(bytes.Clone(g.line), '\n') // The file may end without it.
		}
		g.size += size
		g.lines++
	}
	n := copy(p, g.line)
	g.line = g.line[n:]
	return n, nil
}

// tooLong skips a line that is too long.
func (l *lines) tooLong(text []byte) record {
	rec := record{line: l.line, broken: "the line is longer than 64 KiB", long: true}
	rec.text = bytes.Clone(text[:maxShown])
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		if end >= 0 {
			l.discard(end + 1)
			break
		}
		l.discard(len(text))
		text = l.peek(maxRecord)
	}
	return rec
}
