package notify_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/notify"
)

// email returns a sink that sends through the server.
func (p *mailServer) email(change func(*notify.EmailConfig)) *notify.Email {
	config := notify.EmailConfig{
		Relay: p.relay, From: &netmail.Address{Name: "Türsteher", Address: "ringfence@example.org"},
		To:       []*netmail.Address{{Address: "ops@example.org"}, {Name: "Bob", Address: "bob@example.net"}},
		TLS:      &tls.Config{RootCAs: p.roots, MinVersion: tls.VersionTLS12},
		Location: time.FixedZone("CET", 3600), Now: func() time.Time { return day },
	}
	if change != nil {
		change(&config)
	}
	return notify.NewEmail(config)
}

func TestAnEmailOfOneEvent(t *testing.T) {
	server := newMailServer(t, false, false)
	n := sample()
	n.To = n.Dialled
	if err := deliver(t.Context(), server.email(nil), delivery(n)); err != nil {
		t.Fatal(err)
	}
	posted := server.taken()
	if len(posted) != 1 || posted[0].from != "ringfence@example.org" || strings.Join(posted[0].to, " ") != "ops@example.org bob@example.net" {
		t.Fatalf("got %+v", posted)
	}
	message, err := netmail.ReadMessage(strings.NewReader(posted[0].text))
	if err != nil {
		t.Fatal(err)
	}
	header := map[string]string{}
	for _, name := range []string{"Subject", "Message-Id", "Date", "Auto-Submitted", "From", "To", "User-Agent"} {
		header[name] = message.Header.Get(name)
	}
	want := map[string]string{
		"Subject": "Ringfence has listed +4930666200", "Message-Id": "<ringfence-1772388300000-0@example.org>",
		"Date": "Sun, 01 Mar 2026 18:05:00 +0000", "Auto-Submitted": "auto-generated",
		"From": "=?utf-8?q?T=C3=BCrsteher?= <ringfence@example.org>", "To": `<ops@example.org>, "Bob" <bob@example.net>`, "User-Agent": "",
	}
	if diff := cmp.Diff(want, header); diff != "" {
		t.Errorf("header (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(`A rate rule has put a caller on the list. Further calls are refused.

+4930666200
  why:       5 calls in 5 minutes
  since:     Sun 2026-03-01 19:05:00 CET
  until:     Mon 2026-03-02 19:05:00 CET
  strikes:   1
  dialled:   +49302312
  only for:  +49302312
  undo with: ringfence remove +4930666200 --to +49302312
`, text(t, message)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func text(tb testing.TB, message *netmail.Message) string {
	tb.Helper()
	text, err := io.ReadAll(quotedprintable.NewReader(message.Body))
	if err != nil {
		tb.Fatal(err)
	}
	return string(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")))
}

// What someone has edited in Redis stays within its line, and is no command to
// type.
func TestAnEmailOfSeveralEvents(t *testing.T) {
	server := newMailServer(t, false, false)
	bad := notify.Event{ID: "2-0", Time: day, Caller: "+4930666200; rm -rf /\r\nBcc: x@example.org", Reason: "a\nb\x1b[31m"}
	if err := deliver(t.Context(), server.email(nil), delivery(sample(), bad)); err != nil {
		t.Fatal(err)
	}
	if err := deliver(t.Context(), server.email(nil), delivery(bad)); err != nil {
		t.Fatal(err)
	}
	posted := server.taken()
	message, err := netmail.ReadMessage(strings.NewReader(posted[0].text))
	if err != nil {
		t.Fatal(err)
	}
	body := text(t, message)
	if got := message.Header.Get("Subject"); got != "Ringfence has listed 2 callers" {
		t.Errorf("the subject is %s", got)
	}
	if strings.Count(body, "undo with") != 1 || strings.Contains(body, "\x1b") || !strings.Contains(body, "why:       a?b?[31m\n") ||
		!strings.Contains(body, "until:     never expires\n") {
		t.Errorf("got %s", body)
	}
	message, err = netmail.ReadMessage(strings.NewReader(posted[1].text))
	if err != nil || message.Header.Get("Bcc") != "" {
		t.Errorf("the header is %v, %v", message.Header, err)
	}
}

func TestASampleSaysThatItIsOne(t *testing.T) {
	server := newMailServer(t, false, false)
	if err := deliver(t.Context(), server.email(nil), notify.Sample(day)); err != nil {
		t.Fatal(err)
	}
	if text := server.taken()[0].text; !strings.Contains(text, "This is a test: no caller was listed.") || !strings.Contains(text, "Subject: Ringfence: test message") {
		t.Errorf("got %s", text)
	}
}

func TestEmailsAreEncrypted(t *testing.T) {
	login := func(r notify.Relay) notify.Relay {
		r.User, r.Password = "anna", "hunter2"
		return r
	}
	strangers := func(c *notify.EmailConfig) { c.TLS = nil }
	for name, test := range map[string]struct {
		starttls, implicit bool
		relay              func(notify.Relay) notify.Relay
		change             func(*notify.EmailConfig)
		want               string
		after              time.Duration
		tls                bool
	}{
		"where it is offered":                 {starttls: true, tls: true},
		"by a local server's own certificate": {starttls: true, change: strangers, tls: true},
		"with a password":                     {starttls: true, relay: login, tls: true},
		"a password not without":              {relay: login, want: "does not support STARTTLS"},
		"a password not to strangers":         {starttls: true, relay: login, change: strangers, want: "certificate"},
		"from the beginning":                  {implicit: true, tls: true},
		"from the beginning, with a password": {implicit: true, relay: login, tls: true},
		"not to strangers from the beginning": {implicit: true, change: strangers, want: "certificate"},
		"with a wrong password": {
			starttls: true, want: `Authentication failed"; check the user and the password in smtp`, after: notify.RefusedPause,
			relay: func(r notify.Relay) notify.Relay { r.User, r.Password = "anna", "secret"; return r },
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := newMailServer(t, test.starttls, test.implicit)
			if test.relay != nil {
				server.relay = test.relay(server.relay)
			}
			check(t, deliver(t.Context(), server.email(test.change), delivery(sample())), test.want, test.after)
			taken := server.taken()
			if (len(taken) == 1) != (test.want == "") {
				t.Fatalf("%d messages were taken", len(taken))
			}
			if test.want == "" && (taken[0].tls != test.tls || taken[0].user != server.relay.User) {
				t.Errorf("TLS %t, user %q", taken[0].tls, taken[0].user)
			}
		})
	}
}

func TestMailServersThatFail(t *testing.T) {
	answer := func(code int) func(net.Conn) error {
		return func(net.Conn) error { return &smtp.SMTPError{Code: code, Message: "not now"} }
	}
	die := func(conn net.Conn) error { return conn.Close() }
	for name, test := range map[string]struct {
		step  string
		fault func(net.Conn) error
		want  string
		after time.Duration
	}{
		"refuses us":          {"session", answer(421), "not now", 0},
		"refuses the sender":  {"mail", answer(550), "not now", notify.RefusedPause},
		"is full":             {"rcpt", answer(452), "not now", 0},
		"knows no such user":  {"rcpt", answer(550), "; check notify-email, and whether the server takes mail for it from this machine", notify.RefusedPause},
		"knows no sender":     {"mail", answer(553), "; check notify-from", notify.RefusedPause},
		"wants a password":    {"mail", answer(530), "; set smtp with a password: smtp://USER:PASSWORD@HOST:PORT", notify.RefusedPause},
		"refuses the message": {"data", answer(554), "not now", notify.RefusedPause},
		"dies at the start":   {"session", die, ":", 0},
		"dies at the end":     {"data", die, ":", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := newMailServer(t, false, false)
			server.at = func(step string, conn net.Conn) error {
				if step == test.step {
					return test.fault(conn)
				}
				return nil
			}
			check(t, deliver(t.Context(), server.email(nil), delivery(sample())), test.want, test.after)
			if taken := server.taken(); len(taken) > 0 && test.step != "data" {
				t.Errorf("%d messages were taken", len(taken))
			}
		})
	}
}

// Servers that want a name with a domain get one, whatever the machine is called.
func TestTheNameForTheServer(t *testing.T) {
	for name, test := range map[string]struct {
		host, from, helo string
		want             string
	}{
		"a full name":            {"pbx.example.org", "a@example.net", "", "pbx.example.org"},
		"a container":            {"3f9d2c1b7a65", "a@example.net", "", "example.net"},
		"a short name":           {"pbx1", "a@example.net", "", "example.net"},
		"no real domain":         {"localhost.localdomain", "a@example.net", "", "example.net"},
		"a name with a dot":      {"pbx1.", "a@example.net", "", "example.net"},
		"an odd name":            {"pbx_1.example.org", "a@example.net", "", "example.net"},
		"an address":             {"192.0.2.7", "a@example.net", "", "example.net"},
		"no domain at all":       {"pbx1", "root@localhost", "", "[127.0.0.1]"},
		"no ASCII":               {"pbx1", "a@bücher.example", "", "[127.0.0.1]"},
		"the option":             {"pbx.example.org", "a@example.net", "mx.example.com", "mx.example.com"},
		"an address as option":   {"pbx.example.org", "a@example.net", "[192.0.2.1]", "[192.0.2.1]"},
		"a machine with no name": {"", "a@example.net", "", "example.net"},
	} {
		t.Run(name, func(t *testing.T) {
			server := newMailServer(t, false, false)
			server.fqdn, server.early = true, true
			email := server.email(func(c *notify.EmailConfig) {
				c.Hostname = func() (string, error) {
					if test.host == "" {
						return "", errors.New("no name")
					}
					return test.host, nil
				}
				c.From, c.Helo = &netmail.Address{Address: test.from}, test.helo
			})
			if err := deliver(t.Context(), email, delivery(sample())); err != nil {
				t.Fatal(err)
			}
			if got := server.taken()[0].helo; got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A refused name says what to set, at whichever step the server refuses it.
func TestARefusedName(t *testing.T) {
	for _, early := range []bool{false, true} {
		server := newMailServer(t, false, false)
		server.fqdn, server.early = !early, early
		email := server.email(func(c *notify.EmailConfig) { c.Helo = "pbx1" })
		err := deliver(t.Context(), email, delivery(sample()))
		check(t, err, "need fully-qualified hostname", notify.RefusedPause)
		check(t, err, "; it does not accept the name pbx1: set smtp-helo to a name that it accepts, such as the full name of this machine in the DNS", notify.RefusedPause)
	}
}

// Postfix answers 450 to a name that is not in the DNS: that may be right in a minute.
func TestANameRefusedForNow(t *testing.T) {
	server := newMailServer(t, false, false)
	server.fqdn, server.refusal = true, 450
	email := server.email(func(c *notify.EmailConfig) { c.Helo = "pbx1" })
	check(t, deliver(t.Context(), email, delivery(sample())), "; it does not accept the name pbx1: set smtp-helo to", 0)
}

func TestAnEmailsAnswer(t *testing.T) {
	server := newMailServer(t, false, false)
	answer, err := server.email(nil).Deliver(t.Context(), delivery(sample()))
	if err != nil || !strings.Contains(answer, "OK") {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestParseHelo(t *testing.T) {
	for _, text := range []string{"pbx.example.org", "PBX1.example.co.uk", "[192.0.2.1]", "[IPv6:2001:db8::1]"} {
		if got, err := notify.ParseHelo(text); err != nil || got != text {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "pbx1", "pbx1.", ".org", "a b.org", "pbx.example.org\r\nMAIL FROM:<x>", "192.0.2.1", "[192.0.2]", "[192.0.2.1", "-a.org"} {
		if _, err := notify.ParseHelo(text); err == nil || !strings.Contains(err.Error(), "such as pbx.example.org") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// A server that hangs at any step does not hold up the next delivery forever.
func TestAMailServerThatHangs(t *testing.T) {
	for _, step := range []string{"session", "mail", "data"} {
		t.Run(step, func(t *testing.T) {
			server := newMailServer(t, false, false)
			hold := make(chan struct{})
			defer close(hold)
			server.at = func(now string, _ net.Conn) error {
				if now == step {
					<-hold
				}
				return nil
			}
			email := server.email(func(c *notify.EmailConfig) { c.Timeout = 100 * time.Millisecond })
			check(t, deliver(t.Context(), email, delivery(sample())), "the mail server did not finish within 100ms", 0)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(50*time.Millisecond, cancel)
			check(t, deliver(ctx, server.email(nil), delivery(sample())), "context canceled", 0)
		})
	}
}

func TestAnUnreachableRelay(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &mailServer{relay: notify.Relay{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port}}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, deliver(t.Context(), server.email(nil), delivery(sample())), "connection refused", 0)
}

func TestParseRelay(t *testing.T) {
	for text, want := range map[string]notify.Relay{
		"smtp://127.0.0.1:25":              {Host: "127.0.0.1", Port: 25},
		"smtp://[::1]:25/":                 {Host: "::1", Port: 25},
		"smtps://anna:a%40b@example.org:1": {Host: "example.org", Port: 1, User: "anna", Password: "a@b", Implicit: true},
	} {
		got, err := notify.ParseRelay(text)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"": "not the URL", "mail.example.org:25": "not the URL", "http://h:25": "not the URL", "smtp://h:25/x": "not the URL", "smtp://h:25?x=y": "not the URL",
		"smtp://h": "has no port", "smtp://h:0": "has no port", "smtp://h:70000": "has no port", "smtp://u@h:25": "needs both",
		"smtp://:p@h:25": "needs both", "smtp://u:p#q@h:25": "not the URL",
	} {
		if _, err := notify.ParseRelay(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
