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
// UTF-16, and line ends of old Macs' carriage returns. It returns the lines and
// the beginning of the text.
func openText(r io.Reader) (*lines, []byte, error) {
	l := newLines(r)
	head := l.peek(headSize)
	if bytes.HasPrefix(head, []byte(gzipMagic)) {
		unpacked, err := gzip.NewReader(l.r)
		if err != nil {
			return nil, nil, fmt.Errorf("unpack gzip: %w", damage(err))
		}
		l = newLines(unpacking{unpacked})
		head = l.peek(headSize)
	}
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		l = newLines(unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM).NewDecoder().Reader(l.r))
		head = l.peek(headSize)
	}
	if bytes.HasPrefix(head, []byte(byteOrderMark)) {
		l.discard(len(byteOrderMark))
		head = head[len(byteOrderMark):]
	}
	if err := l.failed(); err != nil && len(head) < headSize {
		return nil, nil, fmt.Errorf("read the list: %w", err)
	}
	if bytes.IndexByte(head, '\n') < 0 && bytes.IndexByte(head, '\r') >= 0 {
		l = newLines(macLines{l.r})
		head = l.peek(headSize)
	}
	return l, head, nil
}

// macLines makes Unix' line ends of old Macs'.
type macLines struct{ from io.Reader }

func (m macLines) Read(p []byte) (int, error) {
	n, err := m.from.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
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

// decode makes UTF-8 of a record that isn't, which then is in Windows' code
// page 1252.
func decode(rec *record) {
	if utf8.Valid(rec.text) {
		return
	}
	// All 256 bytes mean something, so there is no error.
	rec.text, _ = charmap.Windows1252.NewDecoder().Bytes(rec.text)
	for i, field := range rec.fields {
		if !utf8.ValidString(field) {
			rec.fields[i], _ = charmap.Windows1252.NewDecoder().String(field)
		}
	}
}
