// Package ctxio reads until a context ends.
package ctxio

import (
	"context"
	"io"
)

// Reader returns a reader of from that fails once ctx has ended. It does not end a read
// that blocks.
func Reader(ctx context.Context, from io.Reader) io.Reader { return reader{ctx, from} }

type reader struct {
	ctx  context.Context
	from io.Reader
}

func (r reader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.from.Read(p)
}
