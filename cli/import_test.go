package cli

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Nobody may ever write into a pipe, which is no reason not to end.
func TestImportOfASilentPipeEnds(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	// What waits to open it is let go at the end, and what comes later finds nothing.
	defer func() {
		file, err := os.OpenFile(pipe, os.O_RDWR, 0)
		if err == nil {
			err = errors.Join(os.Remove(pipe), file.Close())
		}
		if err != nil {
			t.Error(err)
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	p := &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, environ: os.Environ, now: time.Now, configFile: os.DevNull}
	ended := make(chan error)
	go func() { ended <- p.run(ctx, []string{"ringfence", "import", pipe}) }()
	cancel()
	select {
	case err := <-ended:
		if exitCode(err) != exitFailed {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}
