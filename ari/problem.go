package ari

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
)

// State is the state of a session's connection to Asterisk.
type State string

// The states of a session. Only Registered serves calls.
const (
	// Connecting: a first connection, or a new one after a lost connection.
	Connecting State = "connecting"
	// Registered: calls come in; the event path was proven by a heartbeat.
	Registered State = "registered"
	// Replaced: another client has taken the app name.
	Replaced State = "replaced"
	// Unauthorized: Asterisk refuses the user, the password or the access.
	Unauthorized State = "unauthorized"
	// Unreachable: nothing answers at the URL.
	Unreachable State = "unreachable"
	// NotARI: something answers at the URL, but not Asterisk's REST interface.
	NotARI State = "not-ari"
	// Booting: Asterisk answers, but has not started yet or is shutting down.
	Booting State = "booting"
	// Stopping: the context has ended and calls in progress are being finished.
	Stopping State = "stopping"
	// Stopped: Run has not begun or has returned.
	Stopped State = "stopped"
)

// Problem is why a session cannot serve calls, for its operator.
type Problem struct {
	// State is the state that the problem puts a session in.
	State State
	// What was wrong, and what to Do about it.
	What, Do string
	// Err is the cause, or nil.
	Err error
}

// Error says what is wrong, what to do, and the cause.
func (p *Problem) Error() string {
	text := p.What + " (" + p.Do + ")"
	if p.Err != nil {
		text += ": " + p.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (p *Problem) Unwrap() error { return p.Err }

// diagnose turns an error into a problem that an operator understands.
func (s *Session) diagnose(err error) *Problem {
	p := &Problem{State: Unreachable, Err: err, Do: "check the ARI URL, and that Asterisk runs with http.conf enabled=yes"}
	if known, ok := errors.AsType[*Problem](err); ok {
		return known
	}
	if status, ok := errors.AsType[*StatusError](err); ok {
		return diagnoseStatus(p, status)
	}
	certificate, isCertificate := errors.AsType[*tls.CertificateVerificationError](err)
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	_, isAuthority := errors.AsType[x509.UnknownAuthorityError](err)
	_, notName := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, errNotARI):
		p.State = NotARI
		p.What = "something answers at the ARI URL, but it is not Asterisk's ARI"
		p.Do = "check host, port and path of the ARI URL, usually http://127.0.0.1:8088/ari"
	case errors.Is(err, syscall.ECONNREFUSED):
		p.What = "nothing listens at the ARI URL"
	case notName:
		p.What = "the host name in the ARI URL is unknown"
		p.Do = "check the host in the ARI URL"
	case isCertificate || isAuthority:
		p.State = NotARI
		p.What = "the TLS certificate of the ARI URL is not trusted"
		p.Do = "use a certificate for this host name, or install its authority on this machine"
		if certificate != nil {
			p.Err = certificate
		}
	case notTLS || strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		p.State = NotARI
		p.What = "the ARI URL says https, but the server does not use TLS"
		p.Do = "use http:// in the ARI URL, or the port of http.conf's tlsbindaddr"
	case errors.Is(err, context.DeadlineExceeded):
		p.What = "Asterisk does not answer in time"
		p.Do = "check that Asterisk is not hanging or overloaded, and that no firewall drops the connection"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		p.What = "the connection to Asterisk was closed before an answer came"
		p.Do = "check that the ARI URL has the right port, and that http.conf's sessionlimit is not reached"
	default:
		p.What = "Asterisk cannot be reached"
	}
	return p
}

func diagnoseStatus(p *Problem, status *StatusError) *Problem {
	switch {
	case status.Code == http.StatusUnauthorized:
		p.State = Unauthorized
		p.What = "Asterisk refuses the ARI user name or password"
		p.Do = "set the user and password of a section in ari.conf that has type=user, then `module reload res_ari.so`"
	case status.Code == http.StatusForbidden:
		p.State = Unauthorized
		p.What = "the ARI user may only read or is blocked by an ACL"
		p.Do = "set read_only=no for the user in ari.conf, check its ACL, then `module reload res_ari.so`"
	case status.Code == http.StatusServiceUnavailable:
		p.State = Booting
		p.What = "Asterisk is starting up or shutting down"
		p.Do = "wait; if it takes long, read Asterisk's log"
	case status.Code == http.StatusNotFound:
		p.State = NotARI
		p.What = "a web server answers at the ARI URL, but has no ARI there"
		p.Do = "set enabled=yes in ari.conf, and check the path of the ARI URL, usually /ari (http.conf's prefix comes before it)"
	case status.Code >= http.StatusInternalServerError:
		p.State = Connecting
		p.What = "Asterisk answers with an internal error"
		p.Do = "read Asterisk's log"
	default:
		p.State = NotARI
		p.What = "the server at the ARI URL is not ARI"
		p.Do = "check host, port and path of the ARI URL, usually http://127.0.0.1:8088/ari"
	}
	return p
}
