package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
)

// fetchLocal copies a file of this machine, so that what is read is one
// version of it.
func (f *Fetcher) fetchLocal(ctx context.Context, feed Feed, address *url.URL, known Validators) (*File, error) {
	path, err := localPath(address)
	if err != nil {
		return nil, err
	}
	// Else the opening of a pipe would wait for its writer.
	if about, err := os.Stat(path); err != nil {
		return nil, reason(err)
	} else if !about.Mode().IsRegular() {
		return nil, errors.New("that is no file")
	}
	source, err := os.Open(path) //nolint:gosec // To read what its operator names is what this program is asked for.
	if err != nil {
		return nil, reason(err)
	}
	defer source.Close() //nolint:errcheck // It is only read.
	before, err := version(source)
	if err != nil {
		return nil, err
	}
	if before == known {
		return nil, ErrUnchanged
	}
	file, err := f.keep(patient{ctx, source}, feed.MaxSize, "")
	if err != nil {
		return nil, err
	}
	if after, err := version(source); err != nil || after != before {
		return nil, errors.Join(errors.New("the file was written while it was read"), err, file.Close())
	}
	file.Validators = before
	return file, nil
}

func version(file *os.File) (Validators, error) {
	about, err := file.Stat()
	if err != nil {
		return Validators{}, reason(err)
	}
	return Validators{ETag: fmt.Sprintf("%d bytes of %s", about.Size(), about.ModTime().UTC().Format("2006-01-02T15:04:05.000000000Z"))}, nil
}

// reason leaves out the path, which stands in the URL already.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// patient is a reader that ends with a context.
type patient struct {
	ctx context.Context
	io.Reader
}

func (p patient) Read(buffer []byte) (int, error) {
	if err := p.ctx.Err(); err != nil {
		return 0, err
	}
	return p.Reader.Read(buffer)
}
