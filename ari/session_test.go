package ari_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

func TestServesACall(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	calls := make(chan ari.Call, 1)
	causes := make(chan error, 1)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		calls <- call
		if err := s.Continue(ctx, call.ID, decline); err != nil {
			return err
		}
		<-ctx.Done()
		causes <- context.Cause(ctx)
		return nil
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{
		ID: "c1", SIPCallID: "abc@host", Number: "+4930123", Name: "Eve", Args: []string{"100", "x,y", ""},
	})
	want := aritest.Move{Context: "ringfence", Extension: "decline", Priority: 1}
	if diff := cmp.Diff(want, a.WaitContinued("c1")); diff != "" {
		t.Error(diff)
	}
	wantCall := ari.Call{ID: "c1", Channel: "PJSIP/c1", SIPCallID: "abc@host", Number: "+4930123", Name: "Eve", Args: []string{"100", "x,y", ""}}
	if diff := cmp.Diff(wantCall, receive(t, calls), cmpopts.IgnoreFields(ari.Call{}, "Arrived")); diff != "" {
		t.Error(diff)
	}
	if err := receive(t, causes); !errors.Is(err, ari.ErrGone) {
		t.Errorf("the call's context ended by %v, want ErrGone", err)
	}
	r.eventually("no calls in progress", func() bool { return r.Status().Calls == 0 })
	if n := r.metric("ringfence_ari_fallbacks_total", ""); n != 0 {
		t.Errorf("%v fallbacks, want none", n)
	}
	if n := r.metric("ringfence_ari_connected", ""); n != 1 {
		t.Errorf("connected is %v, want 1", n)
	}
	for _, kind := range []string{"StasisStart", "StasisEnd", "PlaybackFinished", "ChannelUserevent", "ApplicationReplaced"} {
		if !slices.Contains(a.Filter(), kind) {
			t.Errorf("the event filter lacks %s", kind)
		}
	}
}

// What a handler may do wrong: the call continues nevertheless.
func TestCallGoesOnWhateverTheHandlerDoes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		cause string
		log   string
		serve handlerFunc
	}{
		{"error", "error", "no verdict", func(context.Context, *ari.Session, ari.Call) error { return errors.New("no verdict") }},
		{"panic", "panic", "session_test.go", func(context.Context, *ari.Session, ari.Call) error { panic("no verdict") }},
		{"no answer", "no_verdict", "continued without a decision", func(context.Context, *ari.Session, ari.Call) error { return nil }},
		{"own deadline", "error", "deadline", func(ctx context.Context, _ *ari.Session, _ ari.Call) error {
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			<-ctx.Done()
			return ctx.Err()
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := aritest.New(t)
			r := serve(t, quick(a), test.serve)
			r.waitState(ari.Registered)
			for i := range 3 {
				id := fmt.Sprint("c", i)
				a.Enter(aritest.Channel{ID: id})
				if move := a.WaitContinued(id); move.Extension != "fallback" {
					t.Errorf("continued to %+v, want the fallback", move)
				}
			}
			r.eventually("3 counted", func() bool { return r.metric("ringfence_ari_fallbacks_total", test.cause) == 3 })
			if !strings.Contains(r.log.String(), test.log) {
				t.Errorf("the log lacks %q", test.log)
			}
		})
	}
}

// A decision that comes after the caller has gone is no fault.
func TestLateAnswerIsNoFault(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	begun, errs := make(chan struct{}), make(chan error, 2)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		close(begun)
		<-ctx.Done()
		err := s.Continue(ctx, call.ID, decline)
		errs <- err
		errs <- s.Continue(context.WithoutCancel(ctx), call.ID, decline)
		return err
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	receive(t, begun)
	a.Hangup("c1")
	for range 2 {
		if err := receive(t, errs); !errors.Is(err, ari.ErrGone) {
			t.Errorf("Continue: %v, want ErrGone", err)
		}
	}
	r.halt()
	if n := a.Requests()["continue"]; n != 1 {
		t.Errorf("%d requests, want none for the call that is known to have gone", n)
	}
	if n := r.metric("ringfence_ari_fallbacks_total", ""); n != 0 || strings.Contains(r.log.String(), "level=WARN") {
		t.Errorf("%v fallbacks, want none and no warning", n)
	}
}

// The end of a call must not cut off the very request that ended it.
func TestContinueOutlivesTheCall(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	errs := make(chan error, 100)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		err := s.Continue(ctx, call.ID, allow)
		errs <- err
		return err
	})
	r.waitState(ari.Registered)
	for i := range cap(errs) {
		a.Enter(aritest.Channel{ID: fmt.Sprint("c", i)})
	}
	for range cap(errs) {
		if err := receive(t, errs); err != nil {
			t.Error(err)
		}
	}
}

func TestSameCallIsServedOnce(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	var served atomic.Int32
	release := make(chan struct{})
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		served.Add(1)
		<-release
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	a.Enter(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	a.Drop() // and once more by the sweep of the next connection
	a.WaitSockets(2)
	r.waitState(ari.Registered)
	close(release)
	a.WaitContinued("c1")
	r.halt()
	if n := served.Load(); n != 1 {
		t.Errorf("served %d times, want once", n)
	}
}

// A call that has gone before its turn was a call: the handler hears of it.
func TestGoneBeforeItsTurn(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	config := quick(a)
	config.Tune().Workers = 1
	release, causes := make(chan struct{}), make(chan error, 1)
	r := serve(t, config, func(ctx context.Context, s *ari.Session, call ari.Call) error {
		if call.ID == "c1" {
			<-release
		} else {
			causes <- context.Cause(ctx)
		}
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	a.Enter(aritest.Channel{ID: "c2"})
	r.eventually("both wait", func() bool { return r.Status().Calls == 2 })
	a.Hangup("c2")
	r.eventually("one has gone", func() bool { return r.Status().Calls == 1 })
	close(release)
	if err := receive(t, causes); !errors.Is(err, ari.ErrGone) {
		t.Errorf("the call's context ended by %v, want ErrGone", err)
	}
	r.halt()
	if n := r.metric("ringfence_ari_fallbacks_total", ""); n != 0 {
		t.Errorf("%v fallbacks, want none", n)
	}
}

func TestCallMayComeAgain(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	served := make(chan string, 3)
	r := serve(t, quick(a), func(ctx context.Context, s *ari.Session, call ari.Call) error {
		served <- call.Args[0]
		return s.Continue(ctx, call.ID, allow)
	})
	r.waitState(ari.Registered)
	for _, arg := range []string{"first", "second", "third"} {
		a.Enter(aritest.Channel{ID: "c1", Args: []string{arg}})
		if got := receive(t, served); got != arg {
			t.Errorf("served %q, want %q", got, arg)
		}
		a.WaitEmpty()
	}
}

func TestNewRefusesBadConfigurations(t *testing.T) {
	t.Parallel()
	good := ari.Config{URL: "http://127.0.0.1:8088/ari/", Username: "u", Password: "hush", App: "ringfence", FallbackTo: fallback}
	if _, err := ari.New(good); err != nil {
		t.Fatal(err)
	}
	tests := map[string]func(*ari.Config){
		"no URL":            func(c *ari.Config) { c.URL = "" },
		"websocket URL":     func(c *ari.Config) { c.URL = "ws://127.0.0.1/ari" },
		"unreadable URL":    func(c *ari.Config) { c.URL = "http://u:hush@[::1/ari" },
		"password in URL":   func(c *ari.Config) { c.URL = "http://u:hush@127.0.0.1/ari" },
		"key in URL":        func(c *ari.Config) { c.URL = "http://127.0.0.1/ari?api_key=u:hush" },
		"no user":           func(c *ari.Config) { c.Username = "" },
		"colon in user":     func(c *ari.Config) { c.Username = "u:hush" },
		"no app":            func(c *ari.Config) { c.App = "" },
		"comma in app":      func(c *ari.Config) { c.App = "a,b" },
		"slash in app":      func(c *ari.Config) { c.App = "a/b" },
		"long app":          func(c *ari.Config) { c.App = strings.Repeat("a", 65) },
		"no fallback":       func(c *ari.Config) { c.FallbackTo = ari.Destination{} },
		"negative timeout":  func(c *ari.Config) { c.RequestTimeout = -1 },
		"negative drain":    func(c *ari.Config) { c.DrainTimeout = -1 },
		"negative priority": func(c *ari.Config) { c.FallbackTo.Priority = -1 },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			spoil(&cfg)
			_, err := ari.New(cfg)
			if err == nil {
				t.Fatal("no error")
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error shows the password: %v", err)
			}
		})
	}
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	secure := aritest.NewTLS(t)
	secureURL := secure.URL()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	tests := []struct {
		name  string
		cfg   func(*ari.Config)
		fault func(*aritest.Faults)
		state ari.State
		words string
	}{
		{name: "wrong password", cfg: func(c *ari.Config) { c.Password = "wrong" }, state: ari.Unauthorized, words: "ari.conf"},
		{name: "read only", fault: func(f *aritest.Faults) { f.Status = 403 }, state: ari.Unauthorized, words: "read_only=no"},
		{name: "nothing listens", cfg: func(c *ari.Config) { c.URL = closed.URL + "/ari" }, state: ari.Unreachable, words: "nothing listens"},
		{name: "says nothing", cfg: func(c *ari.Config) { c.URL = "http://" + silent.Addr().String() + "/ari" }, state: ari.Unreachable, words: "in time"},
		{name: "frozen", fault: func(f *aritest.Faults) { f.Frozen = true }, state: ari.Unreachable, words: "in time"},
		{name: "unknown host", cfg: func(c *ari.Config) { c.URL = "http://nosuchhost.invalid:8088/ari" }, state: ari.Unreachable, words: "host"},
		{name: "wrong path", cfg: func(c *ari.Config) { c.URL = strings.TrimSuffix(a.URL(), "/ari") }, state: ari.NotARI, words: "usually /ari"},
		{name: "a web server", fault: func(f *aritest.Faults) { f.HTML = true }, state: ari.NotARI, words: "not Asterisk's ARI"},
		{name: "redirects", fault: func(f *aritest.Faults) { f.Status = 302 }, state: ari.NotARI, words: "is not ARI"},
		{name: "booting", fault: func(f *aritest.Faults) { f.Status = 503 }, state: ari.Booting, words: "starting up"},
		{name: "internal error", fault: func(f *aritest.Faults) { f.Status = 500 }, state: ari.Connecting, words: "Asterisk's log"},
		{name: "untrusted certificate", cfg: func(c *ari.Config) { c.URL = secureURL }, state: ari.NotARI, words: "certificate"},
		{name: "https to http", cfg: func(c *ari.Config) { c.URL = strings.Replace(a.URL(), "http:", "https:", 1) }, state: ari.NotARI, words: "not use TLS"},
		{name: "http to https", cfg: func(c *ari.Config) { c.URL = strings.Replace(secureURL, "https:", "http:", 1) }, state: ari.NotARI, words: "ARI"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := a
			if test.fault != nil {
				a = aritest.New(t)
				a.Fault(test.fault)
			}
			cfg := quick(a)
			cfg.RequestTimeout = 2 * time.Second
			if test.state == ari.Unreachable {
				cfg.RequestTimeout = 300 * time.Millisecond
			}
			if test.cfg != nil {
				test.cfg(&cfg)
			}
			s, err := ari.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Check(t.Context())
			problem, ok := errors.AsType[*ari.Problem](err)
			if !ok {
				t.Fatalf("Check: %v, want a Problem", err)
			}
			if problem.State != test.state || !strings.Contains(problem.Error(), test.words) {
				t.Errorf("got %s: %v\nwant %s with %q", problem.State, problem, test.state, test.words)
			}
			if strings.Contains(problem.Error(), cfg.Password) || strings.Contains(problem.Error(), "only=system") {
				t.Errorf("the password or the request's address is in the error: %v", problem)
			}
		})
	}
}

func TestServesOverTLS(t *testing.T) {
	t.Parallel()
	a := aritest.NewTLS(t)
	cfg := quick(a)
	roots := x509.NewCertPool()
	roots.AddCert(a.Certificate())
	cfg.Tune().TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	r := serve(t, cfg, allowAll)
	r.waitState(ari.Registered)
	a.Enter(aritest.Channel{ID: "c1"})
	a.WaitContinued("c1")
	info, err := r.Check(t.Context())
	if err != nil || info.SystemInfo.Version == "" {
		t.Errorf("Check: %v, %v", info, err)
	}
}

func TestPause(t *testing.T) {
	t.Parallel()
	tests := []struct {
		failures    int
		least, most time.Duration
	}{
		{0, 62500 * time.Microsecond, 125 * time.Millisecond},
		{1, 125 * time.Millisecond, 250 * time.Millisecond},
		{3, 500 * time.Millisecond, time.Second},
		{1000000, 500 * time.Millisecond, time.Second},
	}
	for _, test := range tests {
		if got := ari.Pause(test.failures, time.Second, 0); got != test.least {
			t.Errorf("after %d failures at least %v, want %v", test.failures, got, test.least)
		}
		if got := ari.Pause(test.failures, time.Second, 1); got != test.most {
			t.Errorf("after %d failures at most %v, want %v", test.failures, got, test.most)
		}
	}
}
