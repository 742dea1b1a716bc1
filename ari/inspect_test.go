package ari_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

func registration(t *testing.T, s *ari.Session) ari.Registration {
	t.Helper()
	known, err := s.Registration(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(known.Channels) == 0 {
		known.Channels = nil
	}
	return known
}

func newInspector(t *testing.T, asterisk *lab.Asterisk) *ari.Session {
	t.Helper()
	s, err := ari.New(lived(asterisk.HTTP()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

func TestRealRegistration(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	s := newInspector(t, asterisk)
	compare := func(when string, want ari.Registration) {
		t.Helper()
		if diff := cmp.Diff(want, registration(t, s)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", when, diff)
		}
	}
	compare("a free name", ari.Registration{})
	if may, err := s.MayWrite(t.Context()); err != nil || !may {
		t.Errorf("may write without an app: %t, %v", may, err)
	}

	running := serve(t, lived(asterisk.HTTP()), func(context.Context, *ari.Session, ari.Call) error { return nil })
	running.waitState(ari.Registered)
	compare("a Ringfence", ari.Registration{Known: true, Ringfence: true})
	if may, err := s.MayWrite(t.Context()); err != nil || !may {
		t.Errorf("may write to an app: %t, %v", may, err)
	}
	if running.Status().State != ari.Registered {
		t.Error("the name was taken from it")
	}
	running.halt()

	header := make(http.Header)
	request := http.Request{Header: header}
	request.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	socket, response, err := websocket.Dial(t.Context(), "ws://"+asterisk.HTTP()+"/ari/events?app=ringfence", &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.CloseNow() }()
	if response.Body != nil {
		_ = response.Body.Close()
	}
	compare("a foreign client", ari.Registration{Known: true})

	// A call that waits keeps the name after its client has left.
	results := dial(t, labtest.NewCaller(t, asterisk, ""), lab.Call{To: "100", From: "+4930555", Hold: time.Millisecond})
	running.eventually("a call in Stasis", func() bool { return len(registration(t, s).Channels) == 1 })
	_ = socket.CloseNow()
	if left := registration(t, s); !left.Known || left.Ringfence || len(left.Channels) != 1 {
		t.Errorf("a client that has left its call: %+v", left)
	}
	<-results
	empty(t, asterisk)
}

func TestRealModules(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	modules, err := newInspector(t, asterisk).Modules(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if running, loaded := modules["res_stasis.so"]; !running || !loaded {
		t.Errorf("res_stasis.so does not run among %d modules", len(modules))
	}
	if _, loaded := modules["res_absent.so"]; loaded {
		t.Error("a module runs that there is not")
	}
	for module, want := range map[string]bool{"app_stasis.so": true, "res_absent.so": false} {
		if runs, err := newInspector(t, asterisk).Runs(t.Context(), module); err != nil || runs != want {
			t.Errorf("%s runs: %t, %v, want %t", module, runs, err, want)
		}
	}
}

func TestRealUserWhoMayOnlyRead(t *testing.T) {
	files := asteriskconf.PBX()
	file := string(files["ari.conf"])
	edited := strings.Replace(file, "read_only = no", "read_only = yes", 1)
	if edited == file {
		t.Fatal("the PBX's ari.conf is another one")
	}
	s := newInspector(t, labtest.NeedAsterisk(t, lab.AsteriskOptions{Files: map[string]string{"ari.conf": edited}}))
	if may, err := s.MayWrite(t.Context()); err != nil || may {
		t.Errorf("may write: %t, %v", may, err)
	}
	if known, err := s.Registration(t.Context()); err != nil || known.Known {
		t.Errorf("%+v, %v", known, err)
	}
}

func TestMaxConnections(t *testing.T) {
	if said := string(asteriskconf.Samples()["http.conf"]); !slices.Contains(strings.Fields(said), "21:") || ari.MaxConnections != 21 {
		t.Errorf("a session has up to %d connections, http.conf says:\n%s", ari.MaxConnections, said)
	}
}
