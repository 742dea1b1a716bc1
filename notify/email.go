package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/netip"
	"net/textproto"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

const emailTimeout = 30 * time.Second

// EmailConfig configures an Email. Relay, From and To are required.
type EmailConfig struct {
	Relay Relay
	From  *netmail.Address
	To    []*netmail.Address
	// Helo is the name that is given to the server; "" means the full name of this
	// machine, else the domain of From, else the address of the connection.
	Helo string
	// Hostname returns the name of this machine; nil means os.Hostname.
	Hostname func() (string, error)
	// TLS overrides the default configuration of TLS.
	TLS *tls.Config
	// Location is the time zone of the text; nil means the machine's.
	Location *time.Location
	// Timeout bounds a delivery; 0 means half a minute.
	Timeout time.Duration
	// Now is the date of messages; nil means time.Now.
	Now func() time.Time
}

// Email is a sink that sends a message in plain text. It uses TLS if the
// server offers it, and always with a password. All recipients get the message,
// or none.
type Email struct{ config EmailConfig }

// NewEmail returns the sink "email".
func NewEmail(config EmailConfig) *Email {
	config.Timeout = cmp.Or(config.Timeout, emailTimeout)
	if config.Location == nil {
		config.Location = time.Local
	}
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.TLS == nil {
		config.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	}
	if config.Hostname == nil {
		config.Hostname = os.Hostname
	}
	config.TLS = config.TLS.Clone()
	config.TLS.ServerName = config.Relay.Host
	if config.Relay.Password == "" && !config.Relay.Implicit {
		// Encryption without a check of the certificate is still better than none
		// (RFC 7435). Local mail servers often have a self-signed certificate.
		config.TLS.InsecureSkipVerify = true
	}
	return &Email{config}
}

var _ Sink = (*Email)(nil)

// Name is "email".
func (*Email) Name() string { return "email" }

// Target is the recipients and the mail server.
func (e *Email) Target() string {
	addresses := make([]string, len(e.config.To))
	for i, to := range e.config.To {
		addresses[i] = to.Address
	}
	return strings.Join(addresses, ", ") + " through " + e.config.Relay.address()
}

// Deliver sends one message to the server.
func (e *Email) Deliver(ctx context.Context, delivery Delivery) (answer string, err error) {
	message, err := e.message(delivery)
	if err != nil {
		return "", err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, e.config.Timeout, fmt.Errorf("the mail server did not finish within %s", e.config.Timeout))
	defer cancel()
	helo, err := e.send(bounded, message)
	switch {
	case err == nil:
		return excerpt(message.ServerResponse()), nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case bounded.Err() != nil:
		return "", context.Cause(bounded)
	default:
		return "", withPause(err, helo)
	}
}

// send sends a message and returns the name that it gave to the server. The library
// respects its context only while it connects and does not close failed connections,
// so send does both.
func (e *Email) send(ctx context.Context, message *mail.Msg) (helo string, err error) {
	var opened net.Conn
	var client *mail.Client
	stopWatching := func() bool { return true }
	dial := func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := e.dial(dialling, network, address)
		if err != nil {
			return nil, err
		}
		opened, stopWatching = conn, context.AfterFunc(ctx, func() { _ = conn.Close() })
		helo = e.helo(conn.LocalAddr())
		// The library has no other way to use the address of the connection.
		return conn, mail.WithHELO(helo)(client)
	}
	client, err = mail.NewClient(e.config.Relay.Host, e.options(dial)...)
	if err != nil {
		return "", err
	}
	defer func() {
		if stopWatching() && opened != nil {
			_ = opened.Close()
		}
	}()
	connection, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return helo, err
	}
	if err := client.SendWithSMTPClient(connection, message); err != nil {
		return helo, err
	}
	// The server has accepted the message, even if QUIT fails.
	_ = client.CloseWithSMTPClient(connection)
	return helo, nil
}

func (e *Email) options(dial mail.DialContextFunc) []mail.Option {
	relay := e.config.Relay
	options := []mail.Option{
		// The context ends first, and says why.
		mail.WithPort(relay.Port), mail.WithTimeout(e.config.Timeout + time.Minute), mail.WithDialContextFunc(dial),
		mail.WithTLSConfig(e.config.TLS), mail.WithTLSPolicy(mail.TLSOpportunistic),
	}
	if relay.Password != "" {
		options = append(options, mail.WithUsername(relay.User), mail.WithPassword(relay.Password), mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover))
		if !relay.Implicit {
			options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
		}
	}
	return options
}

func (e *Email) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if e.config.Relay.Implicit {
		return (&tls.Dialer{Config: e.config.TLS}).DialContext(ctx, network, address)
	}
	return (&net.Dialer{}).DialContext(ctx, network, address)
}

// withPause adds a long pause to the error, and what to set, if the server has refused
// the message permanently. Helo is the name that it was given.
func withPause(err error, helo string) error {
	code := 0
	var reason mail.SendErrReason
	sent, isSent := errors.AsType[*mail.SendError](err)
	if isSent {
		code, reason = sent.ErrorCode(), sent.Reason
	} else if answer, ok := errors.AsType[*textproto.Error](err); ok {
		code = answer.Code
	}
	aboutHelo := code == 504 || code >= 400 && heloWord.MatchString(err.Error())
	if code < 500 && !aboutHelo {
		return err
	}
	advice := ""
	switch {
	case aboutHelo:
		advice = fmt.Sprintf("it does not accept the name %s: set smtp-helo to a name that it accepts, such as the full name of this machine in the DNS", helo)
	case code == 534 || code == 535:
		advice = "check the user and the password in smtp"
	case code == 530:
		advice = "set smtp with a password: smtp://USER:PASSWORD@HOST:PORT"
	case isSent && reason == mail.ErrSMTPMailFrom:
		advice = "check notify-from"
	case isSent && reason == mail.ErrSMTPRcptTo:
		advice = "check notify-email, and whether the server takes mail for it from this machine"
	}
	if advice != "" {
		err = fmt.Errorf("%w; %s", err, advice)
	}
	// Postfix answers 450 to a name that is not in the DNS.
	if code < 500 {
		return err
	}
	return &RetryError{Err: err, After: refusedPause}
}

// heloWord matches an answer that is about the name.
var heloWord = regexp.MustCompile(`(?i)\b(?:helo|ehlo|hello)\b|fully.?qualified`)

// fullName matches a name of the DNS with a domain.
var fullName = regexp.MustCompile(`^(?:[0-9A-Za-z](?:[0-9A-Za-z-]{0,61}[0-9A-Za-z])?\.)+[A-Za-z][0-9A-Za-z-]{0,61}[0-9A-Za-z]$`)

// helo returns the name for the server. Many servers refuse names without a domain,
// such as that of a container.
func (e *Email) helo(local net.Addr) string {
	if e.config.Helo != "" {
		return e.config.Helo
	}
	host, err := e.config.Hostname()
	if err == nil && fullName.MatchString(host) && !strings.HasSuffix(strings.ToLower(host), ".localdomain") {
		return host
	}
	if _, domain, _ := strings.Cut(e.config.From.Address, "@"); fullName.MatchString(domain) {
		return domain
	}
	address, err := netip.ParseAddrPort(local.String())
	switch {
	case err != nil:
		return "[127.0.0.1]"
	case address.Addr().Unmap().Is4():
		return "[" + address.Addr().Unmap().String() + "]"
	}
	return "[IPv6:" + address.Addr().WithZone("").String() + "]"
}

// ParseHelo checks a name for the option smtp-helo: one of the DNS, or an address in
// brackets.
func ParseHelo(text string) (string, error) {
	literal, bracketed := strings.CutPrefix(text, "[")
	literal, closed := strings.CutSuffix(literal, "]")
	_, err := netip.ParseAddr(strings.TrimPrefix(literal, "IPv6:"))
	if fullName.MatchString(text) || bracketed && closed && err == nil {
		return text, nil
	}
	return "", fmt.Errorf("invalid name %q: use the full name of this machine, such as pbx.example.org, or its address in brackets, such as [192.0.2.1]", text)
}

// Relay is the mail server that sends messages on.
type Relay struct {
	Host string
	Port int
	// User and Password are "" if the server needs none.
	User, Password string
	// Implicit means that TLS begins with the connection, without STARTTLS.
	Implicit bool
}

var errRelay = errors.New("not the URL of a mail server: use for example smtp://127.0.0.1:25, " +
	"smtp://USER:PASSWORD@mail.example.org:587 or smtps://USER:PASSWORD@mail.example.org:465, a password with %XX for special characters")

// ParseRelay reads smtp://[USER:PASSWORD@]HOST:PORT; smtps:// for implicit TLS.
// Errors never show the text: it may have a password.
func ParseRelay(text string) (Relay, error) {
	address, err := url.Parse(text)
	if err != nil || (address.Scheme != "smtp" && address.Scheme != "smtps") || address.Hostname() == "" ||
		address.RawQuery != "" || address.Fragment != "" || (address.Path != "" && address.Path != "/") {
		return Relay{}, errRelay
	}
	port, err := strconv.ParseUint(address.Port(), 10, 16)
	if err != nil || port == 0 {
		return Relay{}, errors.New("has no port: use 587 or 25 with smtp://, 465 with smtps://, for example smtp://mail.example.org:587")
	}
	relay := Relay{
		Host: address.Hostname(), Port: int(port), User: address.User.Username(), Implicit: address.Scheme == "smtps",
	}
	relay.Password, _ = address.User.Password()
	if (relay.User == "") != (relay.Password == "") {
		return Relay{}, errors.New("needs both a user and a password, or neither: smtp://USER:PASSWORD@HOST:PORT")
	}
	return relay, nil
}

func (r Relay) address() string { return net.JoinHostPort(r.Host, strconv.Itoa(r.Port)) }
