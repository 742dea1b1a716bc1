package listfile

import (
	"bufio"
	"bytes"
	"encoding/csv"
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

// whole is the delimiter of a file whose lines aren't cut into fields.
const whole = 0

// What is wrong with quotes.
const (
	neverClosed = "a quote is opened and not closed; double a quote that belongs to the text"
	goesOn      = "text goes on behind a closing quote; double a quote that belongs to the text"
)

// lines reads the records of a text with encoding/csv. Unlike that, it gives
// back what can't be cut into fields as a broken record of one line, and goes
// on behind it.
type lines struct {
	r         *bufio.Reader
	err       error // of r, io.EOF included
	line      int64 // of the record that was read last, or the last line of it
	delimiter byte

	gathered gathered
	strict   *csv.Reader
	lenient  *csv.Reader // takes quotes inside a text for what they are
}

// record is one record. Its bytes are valid until the next one is read.
type record struct {
	line   int64 // on which it begins, the first being 1
	text   []byte
	fields []string
	broken string // why the line can't be cut into fields, "" if it can
	long   bool   // the line is longer than a record may be; text is its beginning
}

func newLines(r io.Reader) *lines { return newLinesSize(r, 2*headSize) }

// newLinesSize is newLines with a buffer of a size, which is longer than the
// text, or at least than a record.
func newLinesSize(r io.Reader, size int) *lines {
	return &lines{r: bufio.NewReaderSize(&lasting{r: r}, size)}
}

// lasting is a reader that is never asked again once it has failed or ended:
// a terminal would wait for more.
type lasting struct {
	r   io.Reader
	err error
}

func (l *lasting) Read(p []byte) (n int, err error) {
	if l.err == nil {
		n, l.err = l.r.Read(p)
	}
	return n, l.err
}

// peek returns the next bytes, less than asked for at the end of the file.
func (l *lines) peek(size int) []byte {
	size = min(size, l.r.Size())
	if l.err != nil {
		size = min(size, l.r.Buffered()) // Else what is left is moved each time, to make room for more.
	}
	text, err := l.r.Peek(size)
	if err != nil {
		l.err = err
	}
	return text
}

func (l *lines) discard(size int) { _, _ = l.r.Discard(size) } // They have been read already.

// failed returns why the file could not be read to its end.
func (l *lines) failed() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}

// next returns the next record, blank lines left out; false at the end.
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

// cutLine returns the first line of a text, and its size with its end.
func cutLine(text []byte) (line []byte, size int) {
	line, _, _ = bytes.Cut(text, []byte("\n"))
	size = min(len(line)+1, len(text))
	return bytes.TrimSuffix(line, []byte("\r")), size
}

// cut cuts off the record that begins with a line.
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
		return record{}, false // The line was cut short, and with it perhaps a number.
	}
	l.discard(size)
	return rec, true
}

// fields reads the fields of the record that a text begins with. A quote may
// stand in a text that isn't quoted: 5" pipe.
func (l *lines) fields(text []byte) (fields []string, broken string) {
	if l.strict == nil {
		l.strict, l.lenient = l.reader(), l.reader()
		l.lenient.LazyQuotes = true
	}
	l.gathered = gathered{text: text, most: maxRecordLines}
	fields, err := l.strict.Read()
	if errors.Is(err, csv.ErrBareQuote) {
		// Any other quote may be misread now, but on this line only.
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

// gathered gives a csv.Reader the lines of one record: one, and while a quote
// is open, one more.
type gathered struct {
	text  []byte // begins with the record
	most  int    // how many lines it may have
	lines int    // how many were given
	size  int    // and their size
	line  []byte // what is to be given of the last one
	open  bool   // the quote is still open where the record must end
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
			g.line = append(bytes.Clone(g.line), '\n') // The end of a file may lack it.
		}
		g.size += size
		g.lines++
	}
	n := copy(p, g.line)
	g.line = g.line[n:]
	return n, nil
}

// tooLong passes over a line that is longer than a record may be.
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
