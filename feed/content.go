package feed

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
)

// maxPacked is the maximum number of compressions: by the publisher and by the server.
const maxPacked = 2

// save writes an uncompressed body to an unnamed file, and returns it when it is
// complete. Memory does not depend on the size.
func (f *Fetcher) save(body io.Reader, limit int64, encoding string) (*File, error) {
	switch strings.ToLower(encoding) {
	case "", "identity", "gzip", "x-gzip":
	default:
		return nil, failuref("the server uses a compression that was not requested")
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

// unpacked returns the content of a compressed file, and other files unchanged. It does
// not trust the headers of servers.
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

// incomplete rewords errors of an incomplete or damaged file.
func incomplete(err error) error {
	_, isCorrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return failuref("the file is incomplete; nothing was imported")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), isCorrupt:
		return failuref("the compressed file is damaged; nothing was imported")
	}
	return err
}

// limited returns a reader that fails after limit bytes.
func limited(from io.Reader, limit int64) io.Reader {
	return &limitedReader{from, limit, limit}
}

type limitedReader struct {
	from        io.Reader
	left, limit int64
}

func (l *limitedReader) Read(buffer []byte) (int, error) {
	// One more byte shows that the file is too large.
	if int64(len(buffer)) > l.left+1 {
		buffer = buffer[:l.left+1]
	}
	n, err := l.from.Read(buffer)
	if l.left -= int64(n); l.left < 0 {
		return 0, failuref("the file is larger than %d bytes, the max-size of the feed", l.limit)
	}
	return n, err
}

// temporary returns a new file. Its name is removed at once, so that the file is deleted
// even if the program is killed.
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
	_ = os.Remove(file.Name()) // If this fails while the file is open, discard removes it.
	return file, nil
}

func discard(file *os.File) error {
	err := file.Close()
	_ = os.Remove(file.Name()) // Usually it is already removed.
	return err
}
