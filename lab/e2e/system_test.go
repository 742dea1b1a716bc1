// Package e2e_test places real SIP calls through a real Asterisk that a real
// `ringfence serve` screens with a real Redis, and looks at what the callers
// got on the wire, in the log and in Asterisk's own call details.
package e2e_test

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/cli"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

func TestMain(m *testing.M) {
	if file := os.Getenv(clockVariable); file != "" {
		os.Exit(cli.RunAt(context.Background(), movedClock(file), os.Args, os.Stdin, os.Stdout, os.Stderr))
	}
	// The tests wait for most of their time: several fit onto a core. The
	// command line has the last word.
	if err := flag.Set("test.parallel", "3"); err != nil {
		panic(err)
	}
	goleak.VerifyTestMain(m)
}

const (
	blockedText = "Hungup call by blacklist"
	// switchboard is a dialled number of the small PBX that leads to the queue.
	switchboard = "100"
	stranger    = "+4930555100"
	pest        = "+4930666200"

	// guard is when the dialplan lets a call continue by itself.
	guard = 1500 * time.Millisecond
	// lawful is the longest time that a caller may wait, whatever fails; the
	// machine that tests run on is slow and shared, hence the allowance.
	lawful = guard + time.Second
	// timeout bounds the wait for anything that has no deadline of its own.
	timeout = 20 * time.Second
)

// system is a company's phone system: Asterisk, Redis, Ringfence, and callers.
type system struct {
	asterisk *lab.Asterisk
	redis    *lab.Redis
	// ari and store are proxies that Ringfence uses, so that tests can let
	// them fail.
	ari, store *lab.Proxy
	service    *lab.Service
	caller     *lab.Caller
	// stranger is a caller whose identity headers are ignored.
	stranger *lab.Caller
}

// option changes what a system is made of.
type option func(*lab.AsteriskOptions, *lab.ServiceOptions)

// newSystem builds a system; Ringfence is not started yet.
func newSystem(t *testing.T, options ...option) *system {
	t.Helper()
	return newSystemOn(t, labtest.NeedRedis(t, lab.RedisOptions{}), options...)
}

// newSystemOn builds a system whose list is in the given Redis.
func newSystemOn(t *testing.T, redis *lab.Redis, options ...option) *system {
	t.Helper()
	var asteriskOptions lab.AsteriskOptions
	serviceOptions := lab.ServiceOptions{Program: labtest.Ringfence(t), State: t.TempDir()}
	for _, apply := range options {
		apply(&asteriskOptions, &serviceOptions)
	}
	h := &system{asterisk: labtest.NeedAsterisk(t, asteriskOptions), redis: redis}
	h.ari = labtest.NewProxy(t, h.asterisk.HTTP())
	h.store = labtest.NewProxy(t, h.redis.Address())
	serviceOptions.ARI = "http://" + h.ari.Address() + "/ari"
	serviceOptions.Redis = "redis://" + h.store.Address() + "/0"
	var err error
	if h.service, err = lab.NewService(serviceOptions); err != nil {
		t.Fatal(err)
	}
	h.caller = labtest.NewCaller(t, h.asterisk, "")
	h.stranger = labtest.NewCaller(t, h.asterisk, "127.0.0.2")
	t.Cleanup(func() { h.noChannels(t) })
	return h
}

// openSystem builds a system in which calls are screened.
func openSystem(t *testing.T, options ...option) *system {
	t.Helper()
	h := newSystem(t, options...)
	h.serve(t)
	h.screening(t)
	return h
}

// serve starts Ringfence.
func (h *system) serve(t *testing.T, flags ...string) {
	t.Helper()
	if err := h.service.Serve(t.Context(), flags...); err != nil {
		t.Fatal(err)
	}
	process := h.service.Process
	t.Cleanup(func() {
		if err := process.Kill(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the last output of Ringfence:\n%s", process.Output().Tail(60))
		}
		if strings.Contains(process.Output().String(), "DATA RACE") || strings.Contains(process.Output().String(), "panic:") {
			t.Errorf("Ringfence broke:\n%s", process.Output().Tail(200))
		}
	})
}

// screening waits until Ringfence is ready.
func (h *system) screening(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := h.service.WaitScreening(ctx); err != nil {
		t.Fatal(err)
	}
}

// waitLog waits until Ringfence's own log has a text.
func (h *system) waitLog(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	if err := h.service.Output().WaitFor(ctx, text); err != nil {
		t.Fatalf("Ringfence never logged %q: %v", text, err)
	}
}

// run types a command of the command line that must succeed.
func (h *system) run(t *testing.T, line string) string {
	t.Helper()
	answer, err := h.service.Run(t.Context(), strings.Fields(line)...)
	if err != nil {
		t.Fatal(err)
	}
	if answer.Code != 0 {
		t.Fatalf("ringfence %s: exit code %d\n%s%s", line, answer.Code, answer.Out, answer.Err)
	}
	return answer.Out
}

// call places a call to the switchboard and hangs up soon after an answer.
func (h *system) call(t *testing.T, from string) lab.Result {
	t.Helper()
	return h.place(t, lab.Call{To: switchboard, From: from})
}

func (h *system) place(t *testing.T, call lab.Call) lab.Result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	result, err := h.caller.Call(ctx, call)
	if err != nil {
		t.Fatalf("call from %q to %q: %v", call.From, call.To, err)
	}
	return result
}

// answered fails the test unless the call reached the queue.
func answered(t *testing.T, result lab.Result) {
	t.Helper()
	if !result.Answered() {
		t.Errorf("the caller got %d %s after %s, want the queue", result.Code, result.Phrase, result.After)
	}
}

// refused fails the test unless the call was refused with the given code,
// without ever having been answered.
func refused(t *testing.T, result lab.Result, code int) {
	t.Helper()
	if result.Code != code {
		t.Errorf("the caller got %d %s after %s, want %d", result.Code, result.Phrase, result.After, code)
	}
}

// waited fails the test unless the caller waited between the two times.
func waited(t *testing.T, result lab.Result, least, most time.Duration) {
	t.Helper()
	if result.After < least || result.After > most {
		t.Errorf("the caller waited %s, want %s to %s", result.After, least, most)
	}
}

// record is a call of `ringfence log --output jsonl`.
type record struct {
	Caller, Dialled, Verdict, Check, Action, Text, Channel, Degraded string
	Entry                                                            entryID
	LinkedID                                                         string  `json:"linked_id"`
	SIPCallID                                                        string  `json:"sip_call_id"`
	TookMS                                                           float64 `json:"took_ms"`
}

// entryID is the entry that decided a call.
type entryID struct{ Number, Kind string }

// noEntries is in the JSON of an empty list.
const noEntries = `"entries": [],`

// records waits until the log holds at least count records of calls and
// returns all, the oldest first.
func (h *system) records(t *testing.T, count int) []record {
	t.Helper()
	var list []record
	eventually(t, "the log holds the calls", func() bool {
		list = h.log(t)
		return len(list) >= count
	})
	return list
}

// log returns all calls of the log, the oldest first.
func (h *system) log(t *testing.T) []record {
	t.Helper()
	var page struct{ Calls []record }
	if err := json.Unmarshal([]byte(h.run(t, "log --limit 0 --output json")), &page); err != nil {
		t.Fatal(err)
	}
	slices.Reverse(page.Calls)
	return page.Calls
}

// metrics returns what /metrics says of the time since it was called: its values may
// be a second old.
func (h *system) metrics(t *testing.T) (text string) {
	t.Helper()
	const measured = "ringfence_health_measured_timestamp_seconds"
	began := h.clock()
	eventually(t, "the health is measured", func() bool {
		text = h.scrape(t)
		return sample(t, text, measured) >= float64(began.UnixMilli())/1000
	})
	return text
}

func (h *system) scrape(t *testing.T) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.service.URL("/metrics"), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// cdr waits for Asterisk's own record of a caller's call.
func (h *system) cdr(t *testing.T, caller string) lab.CDR {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	cdr, err := h.asterisk.WaitCDR(ctx, caller)
	if err != nil {
		t.Fatal(err)
	}
	return cdr
}

// noChannels fails the test if a call is left in Asterisk.
func (h *system) noChannels(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), timeout)
	defer cancel()
	if err := h.asterisk.WaitNoChannels(ctx); err != nil {
		t.Errorf("calls are left in Asterisk: %v", err)
	}
}

// eventually waits until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), timeout)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for !holds() {
		select {
		case <-ctx.Done():
			t.Fatalf("never so: %s", what)
		case <-ticker.C:
		}
	}
}
