package cli

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// TestFollow sees what was there, what comes, and what comes after Redis has
// been away; Ctrl-C ends it well.
func TestFollow(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
	s, err := store.Open(store.Options{URL: redis.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	add := func(caller string) {
		t.Helper()
		record := calllog.Record{Time: time.Now(), Caller: caller, Verdict: calllog.Passed, Check: "default", Action: "continue", Channel: caller}
		if err := s.AppendCalls(t.Context(), calllog.Batch{Records: []calllog.Record{record}}); err != nil {
			t.Fatal(err)
		}
	}
	add("+49301")
	add("+49302")

	ctx, interrupt := context.WithCancel(t.Context())
	out, in := io.Pipe()
	words, said := io.Pipe()
	code := make(chan int, 1)
	go func() {
		args := []string{"ringfence", "log", "--follow", "--number", "+4930*", "--output", "json", "--redis", redis.URL(), "--config", "testdata/empty.yml"}
		code <- Run(ctx, args, strings.NewReader(""), in, said)
		_ = in.Close()
		_ = said.Close()
	}()
	lines, complaints := bufio.NewScanner(out), bufio.NewScanner(words)
	expect := func(caller string) {
		t.Helper()
		if !lines.Scan() || !strings.Contains(lines.Text(), `"caller":"`+caller+`"`) {
			t.Fatalf("got %q, want the call of %s", lines.Text(), caller)
		}
	}
	expect("+49301")
	expect("+49302")
	add("+4420")
	add("+49303")
	expect("+49303")

	if err := redis.Halt(); err != nil {
		t.Fatal(err)
	}
	if !complaints.Scan() || !strings.HasSuffix(complaints.Text(), "; retrying") {
		t.Fatalf("said %q", complaints.Text())
	}
	if err := redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	add("+49304")
	expect("+49304")

	interrupt()
	if lines.Scan() {
		t.Errorf("one line too many: %s", lines.Text())
	}
	if got := <-code; got != exitDone {
		t.Errorf("exit code %d, want %d", got, exitDone)
	}
}
