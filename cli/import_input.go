package cli

import (
	"context"
	"io"
	"os"
	"sync/atomic"

	"github.com/urfave/cli/v2"
)

// input is the file that is imported, and how much of it has been read.
type input struct {
	io.ReadCloser
	// name is "-" for stdin.
	name string
	// size is -1 if it isn't known.
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
		return &input{ReadCloser: stoppable(c.Context, p.in), name: name, size: -1}, nil
	}
	about, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, usagef("%w", err)
	case about.IsDir():
		return nil, usagef("%s is a folder", name)
	case !about.Mode().IsRegular():
		// A pipe blocks whoever opens it, too.
		return &input{ReadCloser: stoppable(c.Context, &opening{name: name}), name: name, size: -1}, nil
	}
	file, err := os.Open(name) //nolint:gosec // It is the user's to name.
	if err != nil {
		return nil, usagef("%w", err)
	}
	return &input{ReadCloser: file, name: name, size: about.Size()}, nil
}

// opening is a file that is opened when it is first read.
type opening struct {
	name string
	file *os.File
}

func (o *opening) Read(into []byte) (n int, err error) {
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

// stoppable reads from a reader that may block for ever, until ctx ends.
func stoppable(ctx context.Context, from io.Reader) io.ReadCloser {
	out, in := io.Pipe()
	stop := context.AfterFunc(ctx, func() { _ = in.CloseWithError(context.Cause(ctx)) })
	go func() {
		defer stop()
		_, err := io.CopyBuffer(in, struct{ io.Reader }{from}, make([]byte, 64<<10))
		_ = in.CloseWithError(err)
	}()
	return out
}
