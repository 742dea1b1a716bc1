package listfile

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// headSize is how much of a file is looked at to find out its format: a line
// that begins in its first half is there whole, or is longer than a record may
// be.
const headSize = 2 * maxRecord

const (
	gzipMagic     = "\x1f\x8b"
	byteOrderMark = "\ufeff"
)

// openText unpacks a file, takes its byte order mark away, and makes UTF-8 of
// UTF-16. It returns the lines and the beginning of the text.
func openText(r io.Reader) (*lines, []byte, error) {
	l := newLines(r)
	head := l.head()
	if bytes.HasPrefix(head, []byte(gzipMagic)) {
		unpacked, err := gzip.NewReader(l.rest())
		if err != nil {
			return nil, nil, fmt.Errorf("unpack gzip: %w", damage(err))
		}
		l = newLines(unpacking{unpacked})
		head = l.head()
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		l = newLines(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(l.rest()))
		head = l.head()
	}
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		l.at += len(byteOrderMark)
		head = head[len(byteOrderMark):]
	}
	if err := l.failed(); err != nil && len(head) < headSize {
		return nil, nil, fmt.Errorf("read the list: %w", err)
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		l.end = '\r'
	}
	return l, head, nil
}

// unpacking says in words what is wrong with a packed file.
type unpacking struct{ from *gzip.Reader }

func (u unpacking) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	return n, damage(err)
}

func damage(err error) error {
	corrupt, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the packed file breaks off before its end: %w", err)
	case errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("something in the packed file, or behind it, is no gzip: %w", err)
	case isCorrupt:
		return fmt.Errorf("the packed file is damaged: %w", corrupt)
	case errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the packed file is damaged: %w", err)
	}
	return err
}

// head returns the beginning of the file, which stays to be read.
func (l *lines) head() []byte {
	for ok := true; ok && len(l.buf) < headSize; {
		ok = l.more()
	}
	return l.buf[:min(len(l.buf), headSize)]
}

// rest returns all that wasn't read yet.
func (l *lines) rest() io.Reader {
	return io.MultiReader(bytes.NewReader(l.buf[l.at:]), failing{l})
}

// failing goes on where the lines stopped reading.
type failing struct{ l *lines }

func (f failing) Read(p []byte) (int, error) {
	if f.l.err != nil {
		return 0, f.l.err
	}
	return f.l.r.Read(p)
}

// decode makes UTF-8 of a record that isn't, which then is in Windows' code
// page 1252.
func decode(rec *record) {
	if utf8.Valid(rec.text) {
		return
	}
	// All 256 bytes mean something, so there is no error.
	rec.text, _ = charmap.Windows1252.NewDecoder().Bytes(rec.text)
	decoded := make([][]byte, len(rec.fields))
	for i, field := range rec.fields {
		decoded[i] = field
		if !utf8.Valid(field) {
			decoded[i], _ = charmap.Windows1252.NewDecoder().Bytes(field)
		}
	}
	rec.fields = decoded
}
