package store

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/ringfence/ringfence/retry"
)

// ErrNewerSchema means that a newer Ringfence has written the data.
var ErrNewerSchema = errors.New("the data in Redis was written by a newer ringfence")

// unreachableError says which Redis is unreachable, and why.
type unreachableError struct {
	address string
	cause   error
}

func (e *unreachableError) Error() string {
	return "redis at " + e.address + " is unreachable: " + e.cause.Error()
}

func (e *unreachableError) Unwrap() []error { return []error{retry.ErrUnreachable, e.cause} }

// explain says what was tried and, if it can tell, what to do about the error.
func (s *Store) explain(ctx context.Context, doing string, err error) error {
	var reply redis.Error
	var sentinel *sentinelError
	var damaged *DamagedError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, err)
	case errors.As(err, &damaged):
		return fmt.Errorf("%s: redis at %s: %w", doing, s.target.address(), err)
	case errors.As(err, &sentinel):
		return fmt.Errorf("%s: redis at %s: %s (%w)", doing, s.target.address(), s.target.sentinelWords(sentinel.reply), sentinel)
	case errors.As(err, &reply) && !errors.Is(err, redis.ErrPoolTimeout):
		return fmt.Errorf("%s: %w", doing, s.explainReply(err))
	case errors.As(err, &timeout) && timeout.Timeout() && over(ctx):
		// The socket's deadline is the context's, and may be felt first.
		err = context.DeadlineExceeded
	case !fromNetwork(err):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return fmt.Errorf("%s: %w", doing, &unreachableError{s.target.address(), err})
}

// explainReply puts Redis' own refusals into words.
func (s *Store) explainReply(err error) error {
	if notNow(err) || s.target.server == nil && notHere(err) {
		return &unreachableError{s.target.address(), err}
	}
	if words := s.target.words(err); words != "" {
		return fmt.Errorf("redis at %s %s (%w)", s.target.address(), words, err)
	}
	return fmt.Errorf("redis at %s: %w", s.target.address(), err)
}

// notNow reports whether Redis refuses what it will take later.
func notNow(err error) bool {
	return hasPrefix(err, "LOADING ", "BUSY ", "CLUSTERDOWN ", "MASTERDOWN ", "TRYAGAIN ", "UNBLOCKED ")
}

// notHere reports whether one of several servers says that another is to be
// asked.
func notHere(err error) bool { return hasPrefix(err, "MOVED ", "ASK ", "READONLY ") }

func hasPrefix(err error, codes ...string) bool {
	return slices.ContainsFunc(codes, func(code string) bool { return redis.HasErrorPrefix(err, code) })
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
