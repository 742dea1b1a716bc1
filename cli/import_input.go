package cli

import (
	"context"
	"errors"
	"fmt"
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
	opened := make(chan openedFile, 1)
	go func() { opened <- openFile(name) }()
	select {
	case got := <-opened:
		if got.err != nil {
			return nil, usagef("%w", got.err)
		}
		return &input{ReadCloser: cancellable(c.Context, got.file), name: name, size: got.size}, nil
	case <-c.Done():
		return nil, context.Cause(c.Context)
	}
}

// openedFile is a file, and its size in bytes, -1 if unknown.
type openedFile struct {
	file *os.File
	size int64
	err  error
}

// openFile blocks on a named pipe without a writer, and on a network file system
// without its server.
func openFile(name string) openedFile {
	file, err := os.Open(name) //nolint:gosec // It is the user's to name.
	if err != nil {
		return openedFile{err: err}
	}
	about, err := file.Stat()
	switch {
	case err != nil:
		return openedFile{err: errors.Join(err, file.Close())}
	case about.IsDir():
		return openedFile{err: errors.Join(fmt.Errorf("%s is a directory", name), file.Close())}
	case !about.Mode().IsRegular():
		return openedFile{file: file, size: -1}
	}
	return openedFile{file: file, size: about.Size()}
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
