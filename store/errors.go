package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

var (
	// ErrUnreachable is what every failure to reach Redis wraps, a missed
	// deadline included.
	ErrUnreachable = errors.New("redis is out of reach")
	// ErrNewerSchema means that a newer Ringfence has written the data.
	ErrNewerSchema = errors.New("the data in Redis was written by a newer ringfence")
)

// unreachableError says which Redis is out of reach, and why.
type unreachableError struct {
	address string
	cause   error
}

func (e *unreachableError) Error() string {
	return "redis at " + e.address + " is out of reach: " + e.cause.Error()
}

func (e *unreachableError) Unwrap() []error { return []error{ErrUnreachable, e.cause} }

// explain says what was tried and, if it can tell, what to do about the error.
func (s *Store) explain(ctx context.Context, doing string, err error) error {
	var reply redis.Error
	var timeout net.Error
	switch {
	case errors.Is(err, ErrUnrecorded):
		// That has been explained already.
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, err)
	case errors.As(err, &reply) && !errors.Is(err, redis.ErrPoolTimeout):
		return fmt.Errorf("%s: %w", doing, s.explainReply(err))
	case errors.As(err, &timeout) && timeout.Timeout() && over(ctx):
		// The socket's deadline is the context's, and may be felt first.
		err = context.DeadlineExceeded
	case !fromNetwork(err):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w", doing, &unreachableError{s.address, err})
}

// replies are the refusals of Redis that are put into words, by what they
// contain: those of scripts have more around it.
var replies = []struct{ code, words string }{
	{"NOAUTH", "asks for a password: write it into the URL, redis://:PASSWORD@HOST:PORT"},
	{"unauthenticated", "asks for a password: write it into the URL, redis://:PASSWORD@HOST:PORT"},
	{"WRONGPASS", "refuses the user name or the password of the URL"},
	{"NOPERM", "does not permit this to the user of the URL"},
	{"OOM ", "is full: remove other data or raise its limit, CONFIG SET maxmemory BYTES"},
	{"READONLY", "is a replica that takes no writes: name the primary in the URL"},
	{"WRONGTYPE", "holds something else under a key of ours: choose another prefix, or remove it"},
}

// explainReply puts Redis' own refusals into words.
func (s *Store) explainReply(err error) error {
	for _, code := range []string{"LOADING ", "BUSY ", "CLUSTERDOWN ", "MASTERDOWN ", "TRYAGAIN "} {
		if redis.HasErrorPrefix(err, code) {
			return &unreachableError{s.address, err}
		}
	}
	for _, reply := range replies {
		if strings.Contains(err.Error(), reply.code) {
			return fmt.Errorf("redis at %s %s (%w)", s.address, reply.words, err)
		}
	}
	return fmt.Errorf("redis at %s: %w", s.address, err)
}

func over(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) <= 0
}

func fromNetwork(err error) bool {
	var netError net.Error
	var certificate *tls.CertificateVerificationError
	var record tls.RecordHeaderError
	return errors.As(err, &netError) || errors.As(err, &certificate) || errors.As(err, &record) ||
		errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, redis.ErrClosed) || errors.Is(err, redis.ErrPoolTimeout) || errors.Is(err, redis.ErrPoolExhausted)
}

// errURL never quotes the URL, nor what a parser says of it: either may show
// the password.
var errURL = errors.New("cannot read the Redis URL: write redis://USER:PASSWORD@HOST:PORT/DB, rediss:// for TLS or " +
	"unix:///path/to/socket; special characters of a password are written as %XX")

// readURL returns the client's options. Their address may be shown.
func readURL(text string) (*redis.Options, error) {
	options, err := redis.ParseURL(text)
	if err != nil {
		return nil, errURL
	}
	return options, nil
}
