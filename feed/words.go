package feed

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"syscall"
)

// failure is an error in this program's own words: nothing in it comes from a file, a
// server or DNS. Only such an error leaves a Fetcher: a user who can write to Redis can
// let it read any URL, and read the outcome.
type failure struct{ text string }

func (f *failure) Error() string { return f.text }

// failuref returns a failure. The arguments must not be text of a file or a server.
func failuref(format string, args ...any) error { return &failure{fmt.Sprintf(format, args...)} }

// ownWords returns an error as a failure, a statusError or a panicError. Other errors
// may quote what was read: the first line of an answer, a header, the names in a
// certificate, the address of a DNS server. They get a wording instead.
func ownWords(err error, wording func(error) string) error {
	if own, ok := errors.AsType[*failure](err); ok {
		return own
	}
	if status, ok := errors.AsType[*statusError](err); ok {
		return status
	}
	if mistake, ok := errors.AsType[*panicError](err); ok {
		return mistake
	}
	return &failure{wording(err)}
}

// fileWording describes an error of another package about a file.
func fileWording(err error) string {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	return "the file cannot be read: check its file system"
}

// serverWording describes an error of another package about a server. Without networks
// it does not say whether a name exists: DNS may know internal ones.
func (a Access) serverWording(err error) string {
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		switch {
		case dns.IsNotFound && len(a.Networks) == 0:
			return errPrivate.Error()
		case dns.IsNotFound:
			return "no server has this name: check the URL"
		}
		return "the DNS server does not answer: the address of the server is unknown"
	}
	if text := certificateWording(err); text != "" {
		return text
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "the server did not answer in time"
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the server closed the connection without an answer"
	}
	return "the answer of the server is not valid HTTP"
}

// certificateWording describes what is wrong with TLS, "" for another error.
func certificateWording(err error) string {
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate of the server is signed by an unknown authority"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate of the server is for another name"
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok && invalid.Reason == x509.Expired {
		return "the certificate of the server has expired, or is not valid yet"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate of the server is not valid"
	}
	_, record := errors.AsType[tls.RecordHeaderError](err)
	_, alert := errors.AsType[tls.AlertError](err)
	if record || alert {
		return "the server and this program found no common version of TLS"
	}
	return ""
}
