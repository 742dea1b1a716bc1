// Package storetest gives tests of several packages an embedded store.
package storetest

import (
	"context"
	"testing"

	"github.com/ringfence/ringfence/store"
)

// Embedded starts an embedded store on a free port for a test, and returns its
// URL. It is gone when the test ends.
func Embedded(tb testing.TB) string {
	tb.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	embedded, err := store.ServeEmbedded(ctx, "redis://127.0.0.1:0")
	if err != nil {
		cancel()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		cancel()
		embedded.Wait()
	})
	return embedded.URL
}
