package cli

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/retry"
)

// TestNothingChangesUnrecorded breaks the audit log: a command that cannot be
// recorded changes nothing, and fails.
func TestNothingChangesUnrecorded(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	options, err := redis.ParseURL(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	t.Cleanup(func() { _ = client.Close() })
	prefix := "{" + t.Name() + "}:"
	common := []string{"--redis", server.URL(), "--redis-prefix", prefix, "--config", "testdata/empty.yml"}
	run := func(args ...string) (int, string) {
		var out, words bytes.Buffer
		code := Run(t.Context(), slices.Concat([]string{"ringfence"}, args, common), strings.NewReader(""), &out, &words)
		return code, out.String() + words.String()
	}
	if code, words := run("block", "+4930666200"); code != exitDone {
		t.Fatalf("exit code %d: %s", code, words)
	}
	if err := client.Set(t.Context(), prefix+"audit", "no stream", 0).Err(); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"block", "+4930123456"},
		{"remove", "+4930666200"},
		{"settings", "set", "mode=observe"},
		{"hours", "set", "default", "mon-fri 9-17; zone Europe/Berlin"},
	} {
		if code, words := run(args...); code != exitFailed || !strings.Contains(words, "holds something else") {
			t.Errorf("%v: exit code %d, want %d: %s", args, code, exitFailed, words)
		}
	}
	if lines, err := client.ZCard(t.Context(), prefix+"list").Result(); err != nil || lines != 1 {
		t.Errorf("%d lines on the list, want 1: %v", lines, err)
	}
	if n, err := client.Exists(t.Context(), prefix+"settings", prefix+"hours").Result(); err != nil || n != 0 {
		t.Errorf("settings or hours were written: %v", err)
	}
	if code := exitCode(fmt.Errorf("%w: %w", errors.New("failed"), retry.ErrUnreachable)); code != exitUnreachable {
		t.Errorf("exit code %d without Redis, want %d", code, exitUnreachable)
	}
}
