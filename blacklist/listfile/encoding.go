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

// headSize is the size of the beginning of a file that is read to detect its format,
// in bytes. A line that begins in its first half is complete, or too long.
const headSize = 2 * maxRecord

const (
	gzipMagic     = "\x1f\x8b"
	byteOrderMark = "\ufeff"
)

// openText unpacks a file, removes its byte order mark, converts UTF-16 to UTF-8 and
// the line ends of old Macs. It returns the lines and the beginning of the text.
func openText(r io.Reader) (*lines, []byte, error) {
	l := newLines(r)
	head := l.peek(headSize)
	if bytes.HasPrefix(head, []byte(gzipMagic)) {
		unpacked, err := gzip.NewReader(l.r)
		if err != nil {
			return nil, nil, fmt.Errorf("unpack gzip: %w", gzipError(err))
		}
		l = newLines(gzipReader{unpacked})
		head = l.peek(headSize)
	}
	if endian, mark, ok := utf16Of(head); ok {
		l = newLines(unicode.UTF16(endian, mark).NewDecoder().Reader(l.r))
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

// utf16Of reports whether a text is UTF-16. Without a byte order mark, its line ends,
// digits and delimiters have a zero byte on one side only.
func utf16Of(head []byte) (unicode.Endianness, unicode.BOMPolicy, bool) {
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")):
		return unicode.LittleEndian, unicode.ExpectBOM, true
	case bytes.HasPrefix(head, []byte("\xfe\xff")):
		return unicode.BigEndian, unicode.ExpectBOM, true
	}
	var zeros [2]int
	sample := head[:min(len(head), 1<<10)]
	for i, c := range sample {
		if c == 0 {
			zeros[i%2]++
		}
	}
	const one = 5 // One character of so many has a zero byte at least.
	switch {
	case zeros[0] == 0 && one*zeros[1] >= len(sample)/2 && zeros[1] > 1:
		return unicode.LittleEndian, unicode.IgnoreBOM, true
	case zeros[1] == 0 && one*zeros[0] >= len(sample)/2 && zeros[0] > 1:
		return unicode.BigEndian, unicode.IgnoreBOM, true
	}
	return unicode.LittleEndian, unicode.IgnoreBOM, false
}

// macLines converts the line ends of old Macs.
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

// gzipReader rewords errors of a compressed file.
type gzipReader struct{ from *gzip.Reader }

func (u gzipReader) Read(p []byte) (int, error) {
	n, err := u.from.Read(p)
	return n, gzipError(err)
}

func gzipError(err error) error {
	corrupt, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the compressed file is incomplete: %w", err)
	case errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("the compressed file has data that is not gzip: %w", err)
	case isCorrupt:
		return fmt.Errorf("the compressed file is damaged: %w", corrupt)
	case errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the compressed file is damaged: %w", err)
	}
	return err
}

// decode converts a record that is not UTF-8 from Windows' code page 1252.
func decode(rec *record) {
	if utf8.Valid(rec.text) {
		return
	}
	// All 256 bytes are valid, so there is no error.
	rec.text, _ = charmap.Windows1252.NewDecoder().Bytes(rec.text)
	for i, field := range rec.fields {
		if !utf8.ValidString(field) {
			rec.fields[i], _ = charmap.Windows1252.NewDecoder().String(field)
		}
	}
}
