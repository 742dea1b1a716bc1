package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// TestMain also plays the screeners, for which the program runs itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == agiCommand || os.Args[1] == continueCommand) {
		os.Exit(start(os.Args[1:]))
	}
	goleak.VerifyTestMain(m)
}

func TestAnswerAGI(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	if err := seedRedis(t.Context(), redis.URL(), 5); err != nil {
		t.Fatal(err)
	}
	list, err := store.Open(store.Options{URL: redis.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = list.Close() })
	for _, test := range []struct{ name, caller, want string }{
		{"listed", listed(3), "SET VARIABLE VERDICT refuse\n"},
		{"listed, in another spelling", "0" + strings.TrimPrefix(listed(3), "+49"), "SET VARIABLE VERDICT refuse\n"},
		{"not listed", listed(5), "SET VARIABLE VERDICT allow\n"},
		{"no caller", "unknown", "SET VARIABLE VERDICT allow\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			near, far := net.Pipe()
			defer func() { _ = far.Close() }()
			done := make(chan error, 1)
			go func() {
				defer func() { _ = near.Close() }()
				done <- answerAGI(t.Context(), near, list)
			}()
			if _, err := fmt.Fprintf(far, "agi_callerid: %s\nagi_extension: 6100\n\n", test.caller); err != nil {
				t.Fatal(err)
			}
			got, err := bufio.NewReader(far).ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			if got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if _, err := far.Write([]byte("200 result=1\n")); err != nil {
				t.Fatal(err)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

// TestRun makes a whole comparison, too short for its figures to mean anything.
func TestRun(t *testing.T) {
	labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	labtest.NeedRedis(t, lab.RedisOptions{})
	path := filepath.Join(t.TempDir(), "results.json")
	var out, words strings.Builder
	args := []string{"--entries=200", "--rates=30", "--seconds=0.5", "--rounds=1", "--search=false", "--json", path}
	if err := run(t.Context(), args, &out, &words); err != nil {
		t.Fatalf("%v\n%s", err, words.String())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var saved report
	if err := json.Unmarshal(text, &saved); err != nil {
		t.Fatal(err)
	}
	var measured []string
	for _, r := range saved.Results {
		measured = append(measured, r.Target)
		if r.Calls == 0 || r.Wrong != 0 || r.Lost != 0 || r.P50 <= 0 || r.P99 < r.P50 {
			t.Errorf("%+v", r)
		}
	}
	if want := []string{bare, astDB, fastAGI, ariOnly, ringfence}; !slices.Equal(measured, want) {
		t.Errorf("measured %q, want %q", measured, want)
	}
	if saved.Machine.Asterisk == "" || saved.Machine.Redis == "unknown" {
		t.Errorf("%+v", saved.Machine)
	}
	if !strings.Contains(out.String(), "Ringfence beside the others") {
		t.Errorf("printed:\n%s", out.String())
	}
}

func TestInterruptedRunLeavesNothingBehind(t *testing.T) {
	labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	labtest.NeedRedis(t, lab.RedisOptions{})
	t.Setenv("TMPDIR", t.TempDir())
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	var out, words strings.Builder
	if err := run(ctx, []string{"--targets=bare,fastagi,continue", "--entries=200"}, &out, &words); err == nil {
		t.Error("no error")
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil {
		t.Fatal(err)
	}
	if len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}
