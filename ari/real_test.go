package ari_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// These tests hold what this package takes for granted of Asterisk against a
// real one.

// lived is a configuration as it is in service: with the defaults.
func lived(address string) ari.Config {
	return ari.Config{
		URL: "http://" + address + "/ari", Username: lab.ARIUser, Password: lab.ARIPassword, App: "ringfence",
		FallbackTo: ari.Destination{Context: "ringfence", Extension: "allow"},
	}
}

// dial places a call and returns a channel for its result.
func dial(t *testing.T, caller *lab.Caller, call lab.Call) <-chan lab.Result {
	t.Helper()
	results := make(chan lab.Result, 1)
	go func() {
		defer close(results)
		result, err := caller.Call(context.WithoutCancel(t.Context()), call)
		if err != nil {
			t.Errorf("call to %s: %v", call.To, err)
		}
		results <- result
	}()
	return results
}

// empty fails the test if a call stays behind in Asterisk.
func empty(t *testing.T, asterisk *lab.Asterisk) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := asterisk.WaitNoChannels(ctx); err != nil {
		t.Error(err)
	}
}

func global(t *testing.T, asterisk *lab.Asterisk, name string) string {
	t.Helper()
	value, err := asterisk.Global(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestRealCalls(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	calls, causes := make(chan ari.Call, 1), make(chan error, 1)
	r := serve(t, lived(asterisk.HTTP()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		switch call.Number {
		case "broken":
			panic("broken")
		case "late":
			time.Sleep(1800 * time.Millisecond) // beyond the guard's 1.5 s
			err := s.Continue(context.WithoutCancel(ctx), call.ID, decline)
			causes <- errors.Join(err, context.Cause(ctx))
			return err
		case "impatient":
			<-ctx.Done()
			causes <- context.Cause(ctx)
			return context.Cause(ctx)
		case "eve":
			calls <- call
			return s.Continue(ctx, call.ID, decline)
		}
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)

	t.Run("refused", func(t *testing.T) {
		result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve", Name: "Eve"}))
		call := receive(t, calls)
		if result.Code != 603 || call.SIPCallID != result.CallID || call.Name != "Eve" || call.Args[0] != "100" || call.Args[1] != "eve" {
			t.Errorf("%d for %+v", result.Code, call)
		}
	})
	t.Run("allowed", func(t *testing.T) {
		if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "+4930123456"})); !result.Answered() {
			t.Errorf("got %d, want the queue", result.Code)
		}
	})
	t.Run("handler panics", func(t *testing.T) {
		if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "broken"})); !result.Answered() {
			t.Errorf("got %d, want the queue", result.Code)
		}
	})
	t.Run("guard fires first", func(t *testing.T) {
		result := receive(t, dial(t, caller, lab.Call{To: "100", From: "late", Hold: time.Second}))
		if !result.Answered() || result.After < 1400*time.Millisecond || result.After > 2*time.Second {
			t.Errorf("%d after %v", result.Code, result.After)
		}
		if err := receive(t, causes); !errors.Is(err, ari.ErrGone) {
			t.Errorf("the late Continue: %v", err)
		}
		if result.HungUp {
			t.Error("the late Continue has ended the call")
		}
	})
	t.Run("caller hangs up", func(t *testing.T) {
		result := receive(t, dial(t, caller, lab.Call{To: "100", From: "impatient", CancelAfter: 100 * time.Millisecond}))
		select {
		case err := <-causes:
			if !errors.Is(err, ari.ErrGone) {
				t.Errorf("the call's context ended by %v", err)
			}
		case <-time.After(time.Second):
			t.Error("the call's context does not end with the call")
		}
		if !result.Cancelled {
			t.Errorf("got %+v", result)
		}
	})
	t.Run("unknown event", func(t *testing.T) {
		labtest.NeedStasisBroadcast(t, asterisk)
		unfilter(t, asterisk)
		receive(t, dial(t, caller, lab.Call{To: "5100", From: "+4930123456"})) // StasisBroadcast()
		r.eventually("the event", func() bool { return r.metric("ringfence_ari_events_total", "other") > 0 })
		if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve"})); result.Code != 603 {
			t.Errorf("then %d, want 603", result.Code)
		}
		receive(t, calls)
		if n := r.metric("ringfence_ari_reconnects_total", ""); n != 0 {
			t.Errorf("%v reconnects", n)
		}
	})
	t.Run("variables", func(t *testing.T) {
		if _, set, err := r.GlobalVariable(t.Context(), "RINGFENCE_NO_SUCH"); set || err != nil {
			t.Errorf("%v, %v", set, err)
		}
		if value, set, err := r.GlobalVariable(t.Context(), "RINGFENCE_GUARD_FIRED"); value != "1" || !set || err != nil {
			t.Errorf("%q, %v, %v", value, set, err)
		}
	})
	empty(t, asterisk)
	if n := r.log.count("level=ERROR"); n != 1 {
		t.Errorf("%d errors logged, want the panic's only", n)
	}
}

// unfilter has Asterisk send all events of the app.
func unfilter(t *testing.T, asterisk *lab.Asterisk) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, asterisk.ARI()+"/applications/ringfence/eventFilter",
		strings.NewReader(`{"allowed":[]}`))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer http.DefaultClient.CloseIdleConnections()
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("HTTP %d", resp.StatusCode)
	}
}

func TestRealPlayback(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	tests := []struct {
		name  string
		media []string
		want  error
		stop  bool
		early bool
	}{
		{name: "to its end", media: []string{"sound:beep"}, early: true},
		{name: "no such sound", media: []string{"sound:ringfence-no-such"}, want: ari.ErrPlaybackFailed},
		{name: "tone stopped", media: []string{"tone:950/330,1400/330,1800/330"}, stop: true, early: true},
		{name: "list stopped", media: []string{"tone:950/330", "sound:tt-weasels", "tone:1400/330"}, stop: true, early: true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ended := make(chan error, 1)
			r := serve(t, lived(asterisk.HTTP()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
				if err := s.SetVariable(ctx, call.ID, "TIMEOUT(absolute)", "20"); err != nil {
					return err
				}
				p, err := s.Play(ctx, call.ID, test.media...)
				if err != nil {
					return err
				}
				if test.stop {
					time.Sleep(300 * time.Millisecond)
					err = p.Stop(ctx)
				}
				ended <- errors.Join(err, p.Wait(ctx))
				return s.Continue(ctx, call.ID, decline)
			})
			r.waitState(ari.Registered)
			result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve"}))
			if err := receive(t, ended); !errors.Is(err, test.want) {
				t.Errorf("the playback ended by %v, want %v", err, test.want)
			}
			if result.Code != 603 || test.early && (!result.Early() || result.EarlyPackets == 0) {
				t.Errorf("%d, %d early packets, provisionals %v", result.Code, result.EarlyPackets, result.Provisionals)
			}
		})
	}
	empty(t, asterisk)
}

// A second instance takes over, with the calls that wait, and the first takes
// over again when the second leaves. No call is lost on the way.
func TestRealReplaced(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	stuck := make(chan struct{})
	first := serve(t, lived(asterisk.HTTP()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		if call.Number == "stuck" {
			close(stuck)
			<-ctx.Done()
			return nil
		}
		return s.Continue(ctx, call.ID, decline)
	})
	first.waitState(ari.Registered)
	waiting := dial(t, caller, lab.Call{To: "100", From: "stuck"})
	receive(t, stuck)

	second := serve(t, lived(asterisk.HTTP()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		if call.Waiting && (call.Number != "stuck" || call.SIPCallID == "" || len(call.Args) != 7) {
			t.Errorf("found waiting: %+v", call)
		}
		return s.Continue(ctx, call.ID, ari.Destination{Context: "ringfence", Extension: "busy"})
	})
	first.waitState(ari.Replaced)
	second.waitState(ari.Registered)
	if result := receive(t, waiting); result.Code != 486 || result.After > time.Second {
		t.Errorf("the waiting call got %d after %v, want 486 of the second instance", result.Code, result.After)
	}
	// The first has closed its socket by now. The second must not mind.
	for range 20 {
		if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve"})); result.Code != 486 {
			t.Fatalf("got %d, want 486 of the second instance", result.Code)
		}
	}
	if second.metric("ringfence_ari_reconnects_total", "") != 0 {
		t.Error("the second has lost its connection")
	}
	second.halt()
	began := time.Now()
	first.waitState(ari.Registered)
	if took := time.Since(began); took > time.Second {
		t.Errorf("the first took over after %v", took)
	}
	if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve"})); result.Code != 603 {
		t.Errorf("got %d, want 603 of the first instance", result.Code)
	}
	first.halt()
	empty(t, asterisk)
}

// Stopped under load: each call gets an answer within the guard's time, and
// none stays behind.
func TestRealDrain(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	r := serve(t, lived(asterisk.HTTP()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		select {
		case <-time.After(30 * time.Millisecond):
		case <-ctx.Done():
		}
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	codes := map[int]int{}
	var mu sync.Mutex
	var group sync.WaitGroup
	for i := range 200 {
		group.Go(func() {
			result, err := caller.Call(t.Context(), lab.Call{To: "100", From: fmt.Sprint("e", i), Deaf: true})
			mu.Lock()
			defer mu.Unlock()
			codes[result.Code]++
			if err != nil || result.After > time.Second {
				t.Errorf("call %d: %d after %v, %v", i, result.Code, result.After, err)
			}
		})
		time.Sleep(5 * time.Millisecond) // the pace of the load: 200 calls/s
		if i == 100 {
			r.stop()
		}
	}
	group.Wait()
	r.halt()
	if codes[603] < 50 || codes[200] < 50 || codes[603]+codes[200] != 200 {
		t.Errorf("answers %v", codes)
	}
	if fired := global(t, asterisk, "RINGFENCE_GUARD_FIRED"); fired != "" && fired != "0" {
		t.Errorf("the guard fired %s times", fired)
	}
	empty(t, asterisk)
}

// A black hole in the way is found, said and healed, with the times of service.
func TestRealBlackHole(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	proxy := labtest.NewProxy(t, asterisk.HTTP())
	r := serve(t, lived(proxy.Address()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		return s.Continue(ctx, call.ID, decline)
	})
	for _, way := range []lab.Direction{lab.ToServer, lab.ToClient, lab.BothWays} {
		r.waitState(ari.Registered)
		proxy.Hold(way)
		began := time.Now()
		r.eventually("the black hole to be found", func() bool { return r.Status().State != ari.Registered })
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("found after %v", took)
		}
		r.eventually("it to be said", func() bool { return r.Status().Problem != nil })
		if err := proxy.Pass(); err != nil {
			t.Fatal(err)
		}
		began = time.Now()
		r.waitState(ari.Registered)
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("healed after %v", took)
		}
		if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve"})); result.Code != 603 {
			t.Errorf("got %d, want 603", result.Code)
		}
	}
	empty(t, asterisk)
}

func TestRealRestart(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	r := serve(t, lived(asterisk.HTTP()), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		return s.Continue(ctx, call.ID, decline)
	})
	r.waitState(ari.Registered)
	if err := asterisk.Halt(); err != nil {
		t.Fatal(err)
	}
	r.waitState(ari.Unreachable)
	if err := asterisk.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.waitState(ari.Registered)
	if result := receive(t, dial(t, caller, lab.Call{To: "100", From: "eve"})); result.Code != 603 {
		t.Errorf("got %d, want 603", result.Code)
	}
	empty(t, asterisk)
}

func TestRealProblems(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	tests := []struct {
		name   string
		change func(*ari.Config)
		state  ari.State
	}{
		{"wrong password", func(c *ari.Config) { c.Password = "wrong" }, ari.Unauthorized},
		{"wrong path", func(c *ari.Config) { c.URL = strings.TrimSuffix(c.URL, "/ari") }, ari.NotARI},
		{"SIP port", func(c *ari.Config) { c.URL = "http://" + asterisk.SIP() + "/ari" }, ari.Unreachable},
		{"https", func(c *ari.Config) { c.URL = strings.Replace(c.URL, "http:", "https:", 1) }, ari.NotARI},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			cfg := lived(asterisk.HTTP())
			test.change(&cfg)
			s, err := ari.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Check(t.Context())
			if problem, ok := errors.AsType[*ari.Problem](err); !ok || problem.State != test.state {
				t.Errorf("Check: %v, want %s", err, test.state)
			}
		})
	}
}
