package e2e_test

import (
	"net/http"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// Ensure the service outlives its terminal and the reader of its log, and still ends
// on SIGTERM.
func TestTerminalIsClosed(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.run(t, "block "+pest)
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	service := exec.CommandContext(t.Context(), h.service.Options().Program, "serve")
	service.Env, service.Stderr = h.service.Env(), writer
	if err := service.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- service.Wait() }()
	t.Cleanup(func() { _ = service.Process.Kill() })
	_, _ = reader.Close(), writer.Close()
	eventually(t, "calls are screened", func() bool {
		response, err := http.Get(h.service.URL("/readyz")) //nolint:noctx // It is bounded by eventually.
		if err != nil {
			return false
		}
		_ = response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	for range 3 {
		if err := service.Process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		refused(t, h.call(t, pest), 603)
	}
	if err := service.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the service ended with %v", err)
	}
}
