package ctxio_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/ctxio"
)

func TestReaderFailsOnceTheContextHasEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	reader := ctxio.Reader(ctx, strings.NewReader("ab"))
	if text, err := io.ReadAll(io.LimitReader(reader, 1)); err != nil || string(text) != "a" {
		t.Errorf("read %q, %v", text, err)
	}
	cancel()
	if text, err := io.ReadAll(reader); !errors.Is(err, context.Canceled) || len(text) > 0 {
		t.Errorf("after the end: read %q, %v", text, err)
	}
}
