package notice

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"net/textproto"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

const emailTimeout = 30 * time.Second

// EmailConfig says who gets mail, and how. Relay, From and To have to be set.
type EmailConfig struct {
	Relay Relay
	From  *netmail.Address
	To    []*netmail.Address
	// TLS overrides how the server's certificate is looked at.
	TLS *tls.Config
	// Location is the time zone of the text; nil stands for the machine's.
	Location *time.Location
	// Timeout is what a delivery may take; 0 stands for half a minute.
	Timeout time.Duration
	// Now is the date of messages; nil stands for the clock's.
	Now func() time.Time
}

// Email tells by a message in plain text. TLS is used where the server offers
// it, and always if there is a password. All of the recipients get the
// message, or none.
type Email struct{ config EmailConfig }

// NewEmail returns the channel "email".
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
	config.TLS = config.TLS.Clone()
	config.TLS.ServerName = config.Relay.Host
	if config.Relay.Password == "" && !config.Relay.Implicit {
		// Where a server without TLS will do, so does one whose certificate
		// nobody vouches for, as those of local mail servers (RFC 7435).
		config.TLS.InsecureSkipVerify = true
	}
	return &Email{config}
}

var _ Channel = (*Email)(nil)

// Name is "email".
func (*Email) Name() string { return "email" }

// Target is who gets the mail, and which server takes it.
func (e *Email) Target() string {
	addresses := make([]string, len(e.config.To))
	for i, to := range e.config.To {
		addresses[i] = to.Address
	}
	return strings.Join(addresses, ", ") + " through " + e.config.Relay.address()
}

// Deliver hands one message to the server.
func (e *Email) Deliver(ctx context.Context, delivery Delivery) error {
	message, err := e.message(delivery)
	if err != nil {
		return err
	}
	bounded, cancel := context.WithTimeoutCause(ctx, e.config.Timeout, fmt.Errorf("the mail server was not done within %s", e.config.Timeout))
	defer cancel()
	switch err := e.send(bounded, message); {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case bounded.Err() != nil:
		return context.Cause(bounded)
	default:
		return judged(err)
	}
}

// send sends a message. The library looks at its context only while it
// connects, and leaves connections open that fail: both is put right here.
func (e *Email) send(ctx context.Context, message *mail.Msg) error {
	var opened net.Conn
	unwatch := func() bool { return true }
	dial := func(dialling context.Context, network, address string) (net.Conn, error) {
		conn, err := e.dial(dialling, network, address)
		if err == nil {
			opened, unwatch = conn, context.AfterFunc(ctx, func() { _ = conn.Close() })
		}
		return conn, err
	}
	client, err := mail.NewClient(e.config.Relay.Host, e.options(dial)...)
	if err != nil {
		return err
	}
	defer func() {
		if unwatch() && opened != nil {
			_ = opened.Close()
		}
	}()
	connection, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(connection, message); err != nil {
		return err
	}
	// The server has the message, whatever it says to the farewell.
	_ = client.CloseWithSMTPClient(connection)
	return nil
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

// judged returns the error of a server that will refuse the message again with
// the advice to wait.
func judged(err error) error {
	code := 0
	if sent, ok := errors.AsType[*mail.SendError](err); ok {
		code = sent.ErrorCode()
	} else if answer, ok := errors.AsType[*textproto.Error](err); ok {
		code = answer.Code
	}
	if code < 500 {
		return err
	}
	return &Failure{Err: err, After: patience}
}
