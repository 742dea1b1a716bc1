package doctor_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/web"
)

func TestDoctorFindsNothingWrong(t *testing.T) {
	p := newClinic(t, nil)
	p.serve(t, p.Target.HTTP)
	checks := p.examined(t)
	wantWell(t, checks)
	// Nor has the doctor taken the calls away.
	waitFor(t, p.Target.HTTP, web.StatusReady)
	wantWell(t, p.examined(t))
}

// edited returns the small PBX's file with a text replaced.
func edited(t *testing.T, name, before, after string) map[string]string {
	t.Helper()
	text := pbx()[name]
	if !strings.Contains(text, before) {
		t.Fatalf("%s does not hold %q", name, before)
	}
	return map[string]string{name: strings.ReplaceAll(text, before, after)}
}

// What these set-ups lack is found, and put right by the lines that are
// printed.
func TestDoctorHeals(t *testing.T) {
	for name, test := range map[string]struct {
		file, before, after string
		command, line       string
		check               string
		Grade               doctor.Grade
		text                string
		// also are checks that find the same.
		also []string
	}{
		"no include": {
			file: "extensions.conf", before: `#tryinclude "ringfence.conf"`, check: "dialplan", Grade: doctor.Bad, text: "no context [ringfence]",
		},
		"the dialplan subroutine was changed": {
			file: asteriskconf.DialplanFile, before: "MSet(RINGFENCE=allowed,RINGFENCE_HOURS=open)", after: "Set(RINGFENCE=fine)",
			check: "dialplan", Grade: doctor.Warn, text: "is Set(RINGFENCE=fine) instead of",
		},
		"the guard was changed": {
			file: asteriskconf.DialplanFile, before: "TIMEOUT(absolute)=1.5", after: "TIMEOUT(absolute)=15",
			check: "dialplan", Grade: doctor.Bad, text: "TIMEOUT(absolute)=15,STASISSTATUS=) instead of MSet(",
		},
		"the subroutine lacks an extension": {
			file: asteriskconf.DialplanFile, before: "exten => not-found,1", after: "exten => nothing,1",
			check: "dialplan", Grade: doctor.Bad, text: "lacks the extensions not-found",
		},
		"the star codes were changed": {
			file: asteriskconf.StarFile, before: "Set(RINGFENCE_STAR=blocked)", after: "Set(RINGFENCE_STAR=done)",
			check: "star-codes", Grade: doctor.Warn, text: "[ringfence-star] blocked,1 is Set(RINGFENCE_STAR=done) instead of",
		},
		"a module for star codes is missing": {
			command: "module unload func_db.so", check: "modules", Grade: doctor.Warn, text: "func_db.so (DB)",
		},
		"refused calls leave no CDR": {
			file: "cdr.conf", before: "unanswered = yes", after: "unanswered = no", check: "cdr", Grade: doctor.Warn, text: "get no call detail record",
		},
		"too few connections": {
			file: "http.conf", before: "sessionlimit = 500", after: "sessionlimit = 20", check: "http", Grade: doctor.Bad, text: "accepts 20 connections",
		},
		"no Stasis": {
			command: "module unload app_stasis.so", check: "modules", Grade: doctor.Bad, text: "app_stasis.so (Stasis)",
		},
		"a module is missing": {
			command: "module unload func_uri.so", check: "modules", Grade: doctor.Bad, text: "func_uri.so (URIENCODE)",
		},
		"a module for messages is missing": {
			command: "module unload res_ari_playbacks.so", check: "modules", Grade: doctor.Warn, text: "res_ari_playbacks.so",
		},
		"a plain Gosub": {
			file: "extensions.conf", before: "TryExec(Gosub(ringfence,s,1))", after: "Gosub(ringfence,s,1(${EXTEN}))",
			check: "calls", Grade: doctor.Warn, text: "the call ends if ever [ringfence] is missing",
		},
		"a Gosub without a number": {
			file: "extensions.conf", before: "TryExec(Gosub(ringfence,s,1))", after: "Gosub(ringfence,s,1)",
			check: "calls", Grade: doctor.Warn, text: "the call ends if ever [ringfence] is missing",
		},
		"a variable in TryExec": {
			file: "extensions.conf", before: "TryExec(Gosub(ringfence,s,1))", after: "TryExec(Gosub(ringfence,s,1(${EXTEN})))",
			check: "calls", Grade: doctor.Bad, text: "a caller can run commands on Asterisk's machine",
		},
		"a plain #include": {
			file: "extensions.conf", before: `#tryinclude "ringfence.conf"`, after: `#include "ringfence.conf"`,
			check: "include", Grade: doctor.Warn, text: "by #include",
		},
		"the subroutine calls another app": {
			file: asteriskconf.DialplanFile, before: `Stasis(${IF($["${RINGFENCE_APP}" = ""]?ringfence:${RINGFENCE_APP})},`, after: "Stasis(other,",
			check: "app", Grade: doctor.Bad, text: "it sends calls to the Stasis app other, but Ringfence uses ringfence", also: []string{"dialplan"},
		},
		"only observing": {
			line: "ringfence settings set mode=observe", check: "mode", Grade: doctor.Warn, text: "no caller is refused",
		},
		"a sound that is not there": {
			line: "ringfence settings set message-sound=sound:gibtsnicht", check: "message", Grade: doctor.Warn, text: "no sound gibtsnicht in",
		},
		"star extensions that are not there": {
			line: "ringfence settings set star-extensions=front-desk,999", check: "star-codes", Grade: doctor.Warn, text: "no PJSIP endpoint: 999",
		},
		"a damaged version": {
			line: "redis-cli -u $RINGFENCE_REDIS sadd '{doctor}:version' x", check: "redis-data", Grade: doctor.Bad, text: "{doctor}:version holds a set rather than a text", also: []string{"serve"},
		},
		"unscreened calls": {
			command: "dialplan set global " + asteriskconf.GlobalNotConnected + " 3", check: "unscreened", Grade: doctor.Warn, text: "3 found no Ringfence", also: []string{"serve"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var files map[string]string
			if test.file != "" {
				files = edited(t, test.file, test.before, test.after)
			}
			p := newClinic(t, files)
			p.serve(t, p.Target.HTTP)
			if test.command != "" {
				if _, err := p.asterisk.CLI(t.Context(), test.command); err != nil {
					t.Fatal(err)
				}
			}
			if test.line != "" {
				p.obey(t, doctor.Finding{Type: []string{test.line}})
			}
			checks := p.examined(t)
			wantWell(t, checks, append(test.also, test.check)...)
			finding := want(t, checks, test.check, test.Grade, test.text)
			p.obey(t, finding)
			waitFor(t, p.Target.HTTP, web.StatusReady)
			wantWell(t, p.examined(t))
		})
	}
}

func TestDoctorSaysWhichProgramIsConnected(t *testing.T) {
	t.Run("no program", func(t *testing.T) {
		p := newClinic(t, nil)
		checks := p.examined(t)
		wantWell(t, checks, "app", "serve")
		finding := want(t, checks, "app", doctor.Bad, "no program is connected")
		if !strings.Contains(finding.Type[0], "ringfence serve") {
			t.Errorf("to type: %q", finding.Type)
		}
	})
	t.Run("a foreign program", func(t *testing.T) {
		p := newClinic(t, nil)
		takeOver(t, p)
		caller := labtest.NewCaller(t, p.asterisk, "")
		ended := make(chan error, 1)
		go func() {
			_, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930123456", Hold: time.Millisecond})
			ended <- err
		}()
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		if err := p.asterisk.WaitChannels(ctx, 1); err != nil {
			t.Fatal(err)
		}
		checks := p.examined(t)
		want(t, checks, "app", doctor.Bad, "other than Ringfence")
		finding := want(t, checks, "waiting", doctor.Warn, "decision takes: 1;")
		if !strings.Contains(finding.Type[0], "/continue?context=ringfence&extension=allow") {
			t.Errorf("to type: %q", finding.Type)
		}
		if err := <-ended; err != nil {
			t.Error(err)
		}
		want(t, p.examined(t), "unscreened", doctor.Warn, "1 got no decision in time")
	})
	t.Run("another Ringfence", func(t *testing.T) {
		p := newClinic(t, nil)
		p.serve(t, p.Target.HTTP)
		p.serve(t, freeAddress(t))
		waitFor(t, p.Target.HTTP, web.StatusDown)
		want(t, p.examined(t), "app", doctor.Bad, "another Ringfence")
	})
	t.Run("another app", func(t *testing.T) {
		p := newClinic(t, nil)
		p.Target.ARIApp = "other"
		p.serveUntil(t, p.Target.HTTP, web.StatusDown)
		p.obey(t, func() doctor.Finding {
			finding := want(t, p.examined(t), "app", doctor.Bad, "the Stasis app ringfence")
			finding.Type = finding.Type[1:] // the first goes into a file
			return finding
		}())
		waitFor(t, p.Target.HTTP, web.StatusReady)
		wantWell(t, p.examined(t))
	})
}

// takeOver registers the app as a program would that is not Ringfence, until
// the test ends.
func takeOver(t *testing.T, p *clinic) {
	t.Helper()
	header := make(http.Header)
	request := http.Request{Header: header}
	request.SetBasicAuth(lab.ARIUser, lab.ARIPassword)
	address := strings.Replace(p.Target.ARIURL, "http", "ws", 1) + "/events?app=" + url.QueryEscape(p.Target.ARIApp)
	socket, response, err := websocket.Dial(t.Context(), address, &websocket.DialOptions{HTTPHeader: header})
	if err != nil {
		t.Fatal(err)
	}
	if response.Body != nil {
		_ = response.Body.Close()
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
}
