package feed

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// maxPacked is how often a file may be packed: once by its maker, once more
// by the server.
const maxPacked = 2

// keep writes a body to a file that has no name, unpacked, and returns it once
// it is whole. Memory stays the same, whatever the size.
func (f *Fetcher) keep(body io.Reader, limit int64, encoding string) (*File, error) {
	switch strings.ToLower(encoding) {
	case "", "identity", "gzip", "x-gzip":
	default:
		return nil, errors.New("the server packs the file in a way that was not asked for")
	}
	content, err := unpacked(limited(body, limit), limit)
	if err != nil {
		return nil, err
	}
	file, err := f.temporary()
	if err != nil {
		return nil, err
	}
	size, err := io.Copy(file, content)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		_ = discard(file)
		return nil, incomplete(err)
	}
	return &File{Reader: bufio.NewReaderSize(file, 64<<10), Size: size, file: file}, nil
}

// unpacked returns what is in a packed file, and any other as it is. Whether
// it is packed is seen, since what servers say of it differs.
func unpacked(body io.Reader, limit int64) (io.Reader, error) {
	for range maxPacked {
		buffered := bufio.NewReaderSize(body, 64<<10)
		begin, err := buffered.Peek(2)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, incomplete(err)
		}
		if !bytes.Equal(begin, []byte{0x1f, 0x8b}) {
			return buffered, nil
		}
		packed, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, incomplete(err)
		}
		body = limited(packed, limit)
	}
	return body, nil
}

// incomplete says that a file ends too early.
func incomplete(err error) error {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the file broke off before its end, and nothing of it was used")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return fmt.Errorf("the packed file is damaged, and nothing of it was used (%w)", err)
	}
	return err
}

// limited is a reader that fails beyond a number of bytes.
func limited(from io.Reader, limit int64) io.Reader {
	return &limitedReader{from, limit, limit}
}

type limitedReader struct {
	from        io.Reader
	left, limit int64
}

func (l *limitedReader) Read(buffer []byte) (int, error) {
	// One byte more shows that a file is larger than this.
	if int64(len(buffer)) > l.left+1 {
		buffer = buffer[:l.left+1]
	}
	n, err := l.from.Read(buffer)
	if l.left -= int64(n); l.left < 0 {
		return 0, fmt.Errorf("the file is larger than %d bytes: allow more with --max-size if it is meant to be", l.limit)
	}
	return n, err
}

// temporary makes the file. It is removed from its folder at once, so that it
// is gone with the program, however that ends.
func (f *Fetcher) temporary() (*os.File, error) {
	if f.config.Folder != "" {
		if err := os.MkdirAll(f.config.Folder, 0o700); err != nil {
			return nil, err
		}
	}
	file, err := os.CreateTemp(f.config.Folder, "ringfence-feed-*")
	if err != nil {
		return nil, err
	}
	_ = os.Remove(file.Name()) // Where that can't be done while it is open, discard does.
	return file, nil
}

func discard(file *os.File) error {
	err := file.Close()
	_ = os.Remove(file.Name()) // It is gone already, as a rule.
	return err
}
