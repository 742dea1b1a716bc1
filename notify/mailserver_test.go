package notify_test

import (
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/ringfence/ringfence/notify"
)

// mailServer is a mail server that keeps what it takes.
type mailServer struct {
	relay notify.Relay
	// roots vouch for its certificate.
	roots *x509.CertPool
	// at is called at each step of a session: "session", "mail", "rcpt", "data".
	at func(step string, conn net.Conn) error

	// fqdn refuses recipients if the client's name has no domain, as Postfix does;
	// early refuses the name itself.
	fqdn, early bool
	// refusal is its code, 504 if it is 0.
	refusal int

	mu       sync.Mutex
	messages []posted
}

type posted struct {
	from, text string
	helo       string
	to         []string
	tls        bool
	user       string
}

// newMailServer starts a server. It speaks TLS by STARTTLS if it is asked for,
// or from the beginning.
func newMailServer(tb testing.TB, starttls, implicit bool) *mailServer {
	tb.Helper()
	p := &mailServer{at: func(string, net.Conn) error { return nil }}
	server := smtp.NewServer(p)
	certificate, roots := selfSigned(tb)
	p.roots = roots
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	p.relay = notify.Relay{Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, Implicit: implicit}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	if starttls {
		server.TLSConfig = config
	}
	if implicit {
		listener = tls.NewListener(listener, config)
	}
	server.Domain = "mail.example.org"
	server.ErrorLog = quiet{}
	var serving sync.WaitGroup
	serving.Go(func() { _ = server.Serve(listener) })
	tb.Cleanup(func() {
		_ = server.Close()
		serving.Wait()
	})
	return p
}

type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

func selfSigned(tb testing.TB) (tls.Certificate, *x509.CertPool) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		tb.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func (p *mailServer) NewSession(c *smtp.Conn) (smtp.Session, error) {
	if p.early && !strings.Contains(c.Hostname(), ".") {
		return nil, p.needsName(c.Hostname())
	}
	return &session{server: p, conn: c, posted: posted{helo: c.Hostname()}}, p.at("session", c.Conn())
}

func (p *mailServer) needsName(name string) error {
	return &smtp.SMTPError{
		Code: cmp.Or(p.refusal, 504), EnhancedCode: smtp.EnhancedCode{5, 5, 2},
		Message: "<" + name + ">: Helo command rejected: need fully-qualified hostname",
	}
}

func (p *mailServer) taken() []posted {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]posted{}, p.messages...)
}

type session struct {
	server *mailServer
	conn   *smtp.Conn
	posted posted
}

var _ smtp.AuthSession = (*session)(nil)

func (s *session) AuthMechanisms() []string {
	if s.server.relay.Password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "anna" || password != "hunter2" {
			return smtp.ErrAuthFailed
		}
		s.posted.user = user
		return nil
	}), nil
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.posted.from = from
	return s.server.at("mail", s.conn.Conn())
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.server.fqdn && !strings.Contains(s.posted.helo, ".") {
		return s.server.needsName(s.posted.helo)
	}
	s.posted.to = append(s.posted.to, to)
	return s.server.at("rcpt", s.conn.Conn())
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err := errors.Join(err, s.server.at("data", s.conn.Conn())); err != nil {
		return err
	}
	s.posted.text = string(text)
	_, s.posted.tls = s.conn.TLSConnectionState()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	s.server.messages = append(s.server.messages, s.posted)
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }
