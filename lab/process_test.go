package lab_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// parentVariable makes the test program be the parent of TestOrphanDies.
const parentVariable = "RINGFENCE_LAB_TEST_PARENT"

func TestMain(m *testing.M) {
	if os.Getenv(parentVariable) != "" {
		os.Exit(parent())
	}
	goleak.VerifyTestMain(m)
}

// parent starts a process, tells its number and waits to be killed.
func parent() int {
	child, err := lab.Start(context.Background(), lab.Command{Path: "sleep", Args: []string{"600"}})
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println("child", child.PID())
	<-child.Ended()
	return 0
}

func TestOrphanDies(t *testing.T) {
	process := labtest.Start(t, lab.Command{Path: os.Args[0], Env: append(os.Environ(), parentVariable+"=1")})
	if err := process.Output().WaitFor(t.Context(), "\n"); err != nil {
		t.Fatal(err)
	}
	text, found := strings.CutPrefix(strings.TrimSpace(process.Output().String()), "child ")
	pid, err := strconv.Atoi(text)
	if !found || err != nil {
		t.Fatalf("the parent said %q", process.Output())
	}
	if err := syscall.Kill(process.PID(), syscall.SIGKILL); err != nil { // the parent alone
		t.Fatal(err)
	}
	for deadline := time.Now().Add(5 * time.Second); running(pid); {
		if time.Now().After(deadline) {
			t.Fatal("a process outlives the program that started it")
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// running says whether a process is there and not merely waiting to be buried.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(stat), ") Z ")
}

func TestProcess(t *testing.T) {
	t.Run("exit code and output of both streams", func(t *testing.T) {
		process := labtest.Start(t, lab.Command{Path: "sh", Args: []string{"-c", "echo one; echo two >&2; exit 3"}})
		code, err := process.Wait(t.Context())
		if code != 3 || err != nil {
			t.Errorf("exit code %d, %v", code, err)
		}
		if got := process.Output().String(); got != "one\ntwo\n" {
			t.Errorf("output %q", got)
		}
		if got := process.Output().Tail(1); got != "two" {
			t.Errorf("last line %q", got)
		}
	})
	t.Run("text that never comes", func(t *testing.T) {
		process := labtest.Start(t, lab.Command{Path: "echo", Args: []string{"done"}})
		if err := process.Output().WaitFor(t.Context(), "never"); err == nil {
			t.Error("no error, though the process has ended")
		}
	})
	t.Run("stop of one that is frozen", func(t *testing.T) {
		process := labtest.Start(t, lab.Command{Path: "sleep", Args: []string{"600"}})
		if err := process.Signal(syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		if err := process.Stop(5 * time.Second); err != nil {
			t.Error(err)
		}
		if code, err := process.Wait(t.Context()); code != -1 || err != nil {
			t.Errorf("exit code %d, %v, want -1 for a signal", code, err)
		}
	})
	t.Run("stop of one that does not listen", func(t *testing.T) {
		process := labtest.Start(t, lab.Command{Path: "sh", Args: []string{"-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}})
		if err := process.Output().WaitFor(t.Context(), "ready"); err != nil {
			t.Fatal(err)
		}
		if err := process.Stop(50 * time.Millisecond); err != nil {
			t.Error(err)
		}
		if running(process.PID()) {
			t.Error("it still runs")
		}
	})
	t.Run("ready", func(t *testing.T) {
		process := labtest.Start(t, lab.Command{Path: "sleep", Args: []string{"600"}})
		asked := 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked++; asked < 3 {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		}))
		defer server.Close()
		if err := process.WaitReady(t.Context(), server.URL); err != nil || asked != 3 {
			t.Errorf("ready after %d questions, %v", asked, err)
		}
	})
	t.Run("ended before it was ready", func(t *testing.T) {
		process := labtest.Start(t, lab.Command{Path: "sh", Args: []string{"-c", "echo no such flag; exit 2"}})
		err := process.WaitReady(t.Context(), "http://127.0.0.1:9/")
		if err == nil || !strings.Contains(err.Error(), "no such flag") {
			t.Errorf("got %v, want its last output", err)
		}
	})
}
