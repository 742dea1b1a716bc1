package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestMain(m *testing.M) {
	testscript.Main(leakChecked{m}, map[string]func(){"ringfence": func() { os.Exit(Run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr)) }})
}

// leakChecked fails the tests if they leave a goroutine behind.
type leakChecked struct{ *testing.M }

func (m leakChecked) Run() int {
	code := m.M.Run()
	// After many failures go-redis dials by itself, until a second after it was closed.
	dialling := goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial")
	if err := goleak.Find(dialling); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// TestScripts runs the whole program on a real Redis, each script under a
// prefix of its own.
func TestScripts(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("RINGFENCE_REDIS", redis.URL())
			env.Setenv("RINGFENCE_REDIS_PREFIX", t.Name()+":"+env.WorkDir+":")
			// What the machine has in /etc is none of the tests' business.
			env.Setenv("RINGFENCE_CONFIG", env.WorkDir+"/empty.yml")
			// Under -race every process would wait a second at its end.
			env.Setenv("GORACE", "atexit_sleep_ms=10")
			env.Setenv("TZ", "UTC")
			env.Setenv("USER", "tester")
			env.Setenv("SUDO_USER", "tester")
			env.Setenv("ACTOR", actor(func(string) string { return "tester" }).Name)
			return os.WriteFile(env.WorkDir+"/empty.yml", nil, 0o600)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": scriptStatus,
			"newest": scriptNewest,
			"calls":  scriptCalls,
			"events": scriptEvents,
			"event":  scriptEvent,
			"noun":   scriptNoun,
		},
	})
}

// scriptStatus runs the program and looks at its exit code, as in
// `status 3 ringfence check anonymous`.
func scriptStatus(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// scriptEvent sets $EVENT to the ID of the newest event with an action.
func scriptEvent(ts *testscript.TestScript, _ bool, args []string) {
	s, err := store.Open(store.Options{URL: ts.Getenv("RINGFENCE_REDIS"), Prefix: ts.Getenv("RINGFENCE_REDIS_PREFIX")})
	ts.Check(err)
	defer func() { ts.Check(s.Close()) }()
	events, err := s.Audit(context.Background(), audit.Filter{Action: audit.Action(args[0])}, 1)
	ts.Check(err)
	if len(events) == 0 {
		ts.Fatalf("there is no event %s", args[0])
	}
	ts.Setenv("EVENT", events[0].ID)
}

// scriptNewest sets $BATCH to the id of the newest batch.
func scriptNewest(ts *testscript.TestScript, _ bool, _ []string) {
	s, err := store.Open(store.Options{URL: ts.Getenv("RINGFENCE_REDIS"), Prefix: ts.Getenv("RINGFENCE_REDIS_PREFIX")})
	ts.Check(err)
	defer func() { ts.Check(s.Close()) }()
	batches, err := s.Batches(context.Background())
	ts.Check(err)
	if len(batches) == 0 {
		ts.Fatalf("there are no batches")
	}
	ts.Setenv("BATCH", batches[0].ID)
}

// scriptCalls writes the records of a JSON file to the log of calls, and sets
// $CALL1, $CALL2 and so on to their IDs.
func scriptCalls(ts *testscript.TestScript, _ bool, args []string) {
	var calls []app.Call
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &calls))
	records := make([]calllog.Record, len(calls))
	for i, call := range calls {
		records[i] = recordOf(call)
	}
	s, err := store.Open(store.Options{URL: ts.Getenv("RINGFENCE_REDIS"), Prefix: ts.Getenv("RINGFENCE_REDIS_PREFIX")})
	ts.Check(err)
	defer func() { ts.Check(s.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	ts.Check(s.AppendCalls(ctx, calllog.Batch{Records: records}))
	written, err := s.Calls(ctx, calllog.Filter{}, len(records))
	ts.Check(err)
	for i, record := range written {
		ts.Setenv(fmt.Sprintf("CALL%d", len(written)-i), record.ID)
	}
}

// recordOf returns the record of which app.NewCall makes a call.
func recordOf(c app.Call) calllog.Record {
	record := calllog.Record{
		ID: c.ID, Time: c.Time, Caller: c.Caller, Dialled: c.Dialled, Verdict: c.Verdict, Check: c.Check, Rule: entryName(c.Entry),
		Action: c.Action, Text: c.Text, Hours: c.Hours, Took: fromMilliseconds(c.TookMS), Degraded: c.Degraded, Channel: c.Channel,
		LinkedID: c.LinkedID, SIPCallID: c.SIPCallID, Instance: c.Instance, Checks: c.Checks,
	}
	for _, event := range c.Events {
		record.Events = append(record.Events, calllog.Event{Name: event.Name, After: fromMilliseconds(event.AfterMS)})
	}
	return record
}

func fromMilliseconds(ms float64) time.Duration { return time.Duration(ms * float64(time.Millisecond)) }

// scriptEvents adds the events of a JSON file to the audit log, one by one
// as those who are named there.
func scriptEvents(ts *testscript.TestScript, _ bool, args []string) {
	var events []audit.Event
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &events))
	s, err := store.Open(store.Options{URL: ts.Getenv("RINGFENCE_REDIS"), Prefix: ts.Getenv("RINGFENCE_REDIS_PREFIX")})
	ts.Check(err)
	defer func() { ts.Check(s.Close()) }()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	for _, event := range events {
		ts.Check(s.Record(audit.As(ctx, event.By), event))
	}
}

func TestExitCode(t *testing.T) {
	for want, err := range map[int]error{
		exitDone: nil, exitFailed: errors.New("x"), exitUsage: fmt.Errorf("a: %w", usagef("x")), exitNo: fmt.Errorf("a: %w", errNo),
	} {
		if got := exitCode(err); got != want {
			t.Errorf("exitCode(%v) = %d, want %d", err, got, want)
		}
	}
}
