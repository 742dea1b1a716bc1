package notify_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/notify"
)

// shell returns a command that runs a script.
func shell(script string, arguments ...string) *notify.Command {
	return notify.NewCommand(notify.CommandConfig{
		Args: append([]string{"/bin/sh", "-c", script, "sh"}, arguments...), Env: []string{"PATH=" + os.Getenv("PATH")},
	})
}

func TestACommandGetsTheEvents(t *testing.T) {
	t.Setenv("RINGFENCE_SECRET", "hunter2")
	folder := t.TempDir()
	if err := deliver(t.Context(), shell(`cat >"$1/in"; env >"$1/env"`, folder), delivery(sample())); err != nil {
		t.Fatal(err)
	}
	want := `{"version":1,"events":[{"id":"1772388300000-0","kind":"listed","time":"2026-03-01T18:05:00Z","caller":"+4930666200",` +
		`"dialled":"+49302312","reason":"5 calls in 5 minutes","expires":"2026-03-02T18:05:00Z","strike":1,"call":"1772388300.7"}],` +
		`"text":"Ringfence has listed +4930666200 until 2026-03-02 18:05 UTC: 5 calls in 5 minutes"}` + "\n"
	if diff := cmp.Diff(want, read(t, filepath.Join(folder, "in"))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if env := read(t, filepath.Join(folder, "env")); strings.Contains(env, "hunter2") {
		t.Error("the command has inherited a variable")
	}
}

// Without an environment, a command has none: it must not get that of serve.
func TestACommandHasNoOtherEnvironment(t *testing.T) {
	t.Setenv("RINGFENCE_SECRET", "hunter2")
	command := notify.NewCommand(notify.CommandConfig{Args: []string{"/bin/sh", "-c", `test -z "$RINGFENCE_SECRET"`}})
	if err := deliver(t.Context(), command, delivery(sample())); err != nil {
		t.Error(err)
	}
}

func read(tb testing.TB, name string) string {
	tb.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(text)
}

// More than a pipe takes must not hold up a command that reads nothing.
func TestACommandNeedNotRead(t *testing.T) {
	n := sample()
	n.Reason = strings.Repeat("x", 1<<20)
	if err := deliver(t.Context(), shell("exit 0"), delivery(n)); err != nil {
		t.Error(err)
	}
}

func TestACommandThatFails(t *testing.T) {
	for name, test := range map[string]struct {
		command *notify.Command
		want    string
	}{
		"exit code":   {shell(`echo "no such   ticket" >&2; echo " system" >&2; exit 3`), "exit status 3: no such ticket system"},
		"long stderr": {shell(`head -c 100000 /dev/zero | tr '\0' x >&2; exit 1`), "exit status 1: " + strings.Repeat("x", 500)},
		"signal":      {shell(`kill -9 $$`), "signal: killed"},
		"is missing":  {notify.NewCommand(notify.CommandConfig{Args: []string{"/no/such"}}), "fork/exec /no/such: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			err := deliver(t.Context(), test.command, delivery(sample()))
			if err == nil || err.Error() != test.want {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// A command that takes too long ends, with all that it has started, even if it
// does not care for SIGTERM.
func TestACommandEndsWithItsGroup(t *testing.T) {
	for name, script := range map[string]string{
		"polite":   `sleep 1000 & echo $! >"$1/child"; wait`,
		"stubborn": `trap "" TERM; sleep 1000 & echo $! >"$1/child"; wait; wait; wait`,
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			command := notify.NewCommand(notify.CommandConfig{
				Args: []string{"/bin/sh", "-c", script, "sh", folder}, Env: []string{"PATH=" + os.Getenv("PATH")}, Timeout: 300 * time.Millisecond,
			})
			err := deliver(t.Context(), command, delivery(sample()))
			if err == nil || !strings.Contains(err.Error(), "it took longer than 300ms") {
				t.Errorf("got %v", err)
			}
			child, err := strconv.Atoi(strings.TrimSpace(read(t, filepath.Join(folder, "child"))))
			if err != nil {
				t.Fatal(err)
			}
			eventually(t, "the end of the command's child", func() bool { return ended(child) })
		})
	}
}

// ended reports whether a process is gone, or waits only to be reaped by
// someone else.
func ended(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	_, state, _ := strings.Cut(string(status), ") ")
	return err != nil || strings.HasPrefix(state, "Z")
}

// What a command leaves running on purpose is its own.
func TestACommandMayLeaveSomethingBehind(t *testing.T) {
	folder := t.TempDir()
	if err := deliver(t.Context(), shell(`(until test -e "$1/go"; do sleep 0.05; done; echo done >"$1/done") >/dev/null & exit 0`, folder), delivery(sample())); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the end of what was left behind", func() bool {
		_, err := os.Stat(filepath.Join(folder, "done"))
		return err == nil
	})
}

func TestACommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	folder := t.TempDir()
	done := make(chan error)
	go func() { done <- deliver(ctx, shell(`touch "$1/begun"; sleep 1000`, folder), delivery(sample())) }()
	eventually(t, "the command's beginning", func() bool {
		_, err := os.Stat(filepath.Join(folder, "begun"))
		return err == nil
	})
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// eventually waits for a condition.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: not within 20 s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}
