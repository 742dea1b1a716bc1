package cli

import (
	"context"
	"io"
	"os"
	"sync/atomic"

	"github.com/urfave/cli/v2"
)

// input is a file to import. It counts the bytes that were read.
type input struct {
	io.ReadCloser
	// name is "-" for stdin.
	name string
	// size is in bytes, -1 if unknown.
	size int64
	read atomic.Int64
}

func (i *input) Read(into []byte) (int, error) {
	n, err := i.ReadCloser.Read(into)
	i.read.Add(int64(n))
	return n, err
}

// openInput opens the file that the argument names.
func (p *program) openInput(c *cli.Context) (*input, error) {
	name := c.Args().First()
	switch {
	case c.NArg() != 1:
		return nil, usagef("name one file, or - for stdin. See `%s --help`", c.Command.HelpName)
	case name == "-":
		return &input{ReadCloser: cancellable(c.Context, p.in), name: name, size: -1}, nil
	}
	about, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, usagef("%w", err)
	case about.IsDir():
		return nil, usagef("%s is a directory", name)
	case !about.Mode().IsRegular():
		// Opening a named pipe may block.
		return &input{ReadCloser: cancellable(c.Context, &lazyFile{name: name}), name: name, size: -1}, nil
	}
	file, err := os.Open(name) //nolint:gosec // It is the user's to name.
	if err != nil {
		return nil, usagef("%w", err)
	}
	return &input{ReadCloser: file, name: name, size: about.Size()}, nil
}

// lazyFile is a file that is opened at the first read.
type lazyFile struct {
	name string
	file *os.File
}

func (o *lazyFile) Read(into []byte) (n int, err error) {
	if o.file == nil {
		if o.file, err = os.Open(o.name); err != nil {
			return 0, err
		}
	}
	n, err = o.file.Read(into)
	if err != nil {
		_ = o.file.Close()
	}
	return n, err
}

// cancellable returns a reader that fails when ctx ends, even while a read of
// from blocks.
func cancellable(ctx context.Context, from io.Reader) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = in.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer stop()
		_, err := io.CopyBuffer(in, struct{ io.Reader }{from}, make([]byte, 64<<10))
		_ = in.CloseWithError(err)
	}()
	return out
}
