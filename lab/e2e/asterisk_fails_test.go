package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
)

// unscreened fails the test unless a listed caller continues at once.
func (h *system) unscreened(t *testing.T) {
	t.Helper()
	result := h.call(t, pest)
	answered(t, result)
	waited(t, result, 0, lawful)
}

// screenedAgain waits until a listed caller is refused, and checks that none
// waits too long until then.
func (h *system) screenedAgain(t *testing.T) {
	t.Helper()
	eventually(t, "the listed caller is refused", func() bool {
		result := h.call(t, pest)
		waited(t, result, 0, lawful)
		return result.Code == 603
	})
	h.wantHealth(t, 200, "ready", "registered")
}

// console types a command at Asterisk's console.
func (h *system) console(t *testing.T, command string) string {
	t.Helper()
	answer, err := h.asterisk.CLI(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// password changes the password of ARI, as an operator does.
func (h *system) password(t *testing.T, from, to string) {
	t.Helper()
	file := h.conf(t, "ari.conf")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "password = "+from, "password = "+to, 1)
	if changed == string(text) {
		t.Fatalf("%s does not hold the password %q", file, from)
	}
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	h.console(t, "module reload res_ari.so")
}

// Ensure a wrong password is reported, and its correction needs no restart: at
// the start, and when it is changed under a session.
func TestAsteriskRefusesThePassword(t *testing.T) {
	t.Parallel()
	const other = "open-sesame"
	h := newSystem(t)
	h.run(t, "block "+pest)
	h.another(t, "RINGFENCE_ARI_PASSWORD="+other)
	h.serving(t)
	h.waitLog(t, "Asterisk refuses the ARI user name or password")
	h.wantHealth(t, 503, "down", "Asterisk refuses the ARI user name or password")
	h.unscreened(t)

	h.password(t, lab.ARIPassword, other)
	h.screenedAgain(t)

	h.password(t, other, lab.ARIPassword)
	h.wantHealth(t, 503, "down", "Asterisk refuses the ARI user name or password")
	h.unscreened(t)
	h.password(t, lab.ARIPassword, other)
	h.screenedAgain(t)
	if strings.Contains(h.service.Output().String(), other) {
		t.Error("the log shows the password")
	}
}

// Ensure Ringfence can start before Asterisk.
func TestAsteriskIsStartedLater(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.run(t, "block "+pest)
	h.ari.Refuse()
	if err := h.asterisk.Halt(); err != nil {
		t.Fatal(err)
	}
	h.serving(t)
	h.waitLog(t, "nothing listens at the ARI URL")
	h.wantHealth(t, 503, "down", "nothing listens at the ARI URL")

	if err := h.asterisk.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.unscreened(t)
	h.heal(t, h.ari)
	h.screenedAgain(t)
}

// Ensure calls continue while Asterisk is restarted, and are screened afterwards.
func TestAsteriskIsRestarted(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	refused(t, h.call(t, pest), 603)
	if err := h.asterisk.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.waitLog(t, "not connected to Asterisk: no calls are served")
	h.screenedAgain(t)
}

// Ensure anything that answers at the ARI URL instead of ARI is reported, and
// that Ringfence continues by itself when it is put right.
func TestSomethingElseListensAtTheARIURL(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"a web server without ARI": {http.NotFound, "a web server answers at the ARI URL, but has no ARI there"},
		"a web page": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Welcome</html>") },
			"it is not Asterisk's ARI",
		},
		"another JSON": {
			func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"status":"ok"}`) },
			"it is not Asterisk's ARI",
		},
		"a redirection": {
			func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/login", http.StatusFound) },
			"the server at the ARI URL is not ARI",
		},
		"a server that hangs up": {
			func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			"the connection to Asterisk was closed before an answer came",
		},
		"a server that never answers": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			"Asterisk does not answer in time",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newSystem(t)
			h.run(t, "block "+pest)
			right := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: h.asterisk.HTTP()})
			transport := &http.Transport{}
			right.Transport = transport
			var healed atomic.Bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if healed.Load() {
					right.ServeHTTP(w, r)
				} else {
					test.answer(w, r)
				}
			}))
			t.Cleanup(func() {
				server.CloseClientConnections()
				server.Close()
				transport.CloseIdleConnections()
			})
			h.another(t, "RINGFENCE_ARI_URL="+server.URL+"/ari")
			h.serving(t)
			h.waitLog(t, test.says)
			h.wantHealth(t, 503, "down", test.says)
			h.unscreened(t)
			healed.Store(true)
			h.screenedAgain(t)
		})
	}
}

// Ensure a dialplan that calls Stasis() with another name is reported, although
// all is well between Asterisk and Ringfence.
func TestWrongApp(t *testing.T) {
	t.Parallel()
	h := newSystem(t, func(a *lab.AsteriskOptions, _ *lab.ServiceOptions) {
		a.Globals = map[string]string{"RINGFENCE_APP": "elsewhere"}
	})
	h.serving(t)
	h.run(t, "block "+pest)
	h.wantHealth(t, 503, "down", "Reason:other-app}")
	eventually(t, "Ringfence reports unscreened calls", func() bool {
		h.unscreened(t)
		return h.service.Output().Count("the dialplan continued calls unscreened") > 0
	})
	h.waitLog(t, "set --ari-app to that name")
	if h.metric(t, `ringfence_dialplan_unscreened_calls{cause="not_connected"}`) < 2 {
		t.Error("the calls that passed by are not counted")
	}
	if err := h.asterisk.SetGlobal(t.Context(), "RINGFENCE_APP", "ringfence"); err != nil {
		t.Fatal(err)
	}
	refused(t, h.call(t, pest), 603)
	h.wantHealth(t, 200, "ready", "")
}

// patient puts the dialplan's guard off, so that calls still wait for their
// verdict after a fault.
func patient(a *lab.AsteriskOptions, _ *lab.ServiceOptions) {
	late := strings.Replace(asteriskconf.Dialplan(), "TIMEOUT(absolute)=1.5", "TIMEOUT(absolute)=15", 1)
	a.Files = map[string]string{asteriskconf.DialplanFile: late}
}
