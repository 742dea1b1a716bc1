// Package labtest provides the real parts of package lab to tests. If a part
// is not available, it skips the test with the reason, or fails it if CI=true says
// that all parts are required. It removes each part when the test ends.
package labtest

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// timeout bounds the making of a part, downloads included.
const timeout = 5 * time.Minute

// NeedAsterisk starts an Asterisk for a test. If the test fails, the end of
// Asterisk's log is shown.
func NeedAsterisk(tb testing.TB, options lab.AsteriskOptions) *lab.Asterisk {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	asterisk, err := lab.StartAsterisk(ctx, options)
	if err != nil && lab.ChosenAsterisk() != "" {
		tb.Fatal(err)
	}
	if err != nil {
		missing(tb, "an Asterisk", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of Asterisk's log:\n%s", asterisk.Log(30))
		}
		if err := asterisk.Stop(); err != nil {
			tb.Errorf("stop Asterisk: %v", err)
		}
	})
	return asterisk
}

// NeedStasisBroadcast skips a test if the Asterisk, chosen by
// lab.AsteriskVariable, is of a release without StasisBroadcast(): none before
// 22.10 has it, also where CI=true.
func NeedStasisBroadcast(tb testing.TB, asterisk *lab.Asterisk) {
	tb.Helper()
	answer, err := asterisk.CLI(tb.Context(), "core show application StasisBroadcast")
	switch {
	case err != nil:
		tb.Fatal(err)
	case !strings.Contains(answer, "not registered"):
	case lab.ChosenAsterisk() != "":
		tb.Skipf("this test needs StasisBroadcast(), and the Asterisk of %s has none", lab.AsteriskVariable)
	default:
		missing(tb, "an Asterisk with StasisBroadcast()", errors.New(strings.TrimSpace(answer)))
	}
}

// NeedRedis starts a Redis server for a test.
func NeedRedis(tb testing.TB, options lab.RedisOptions) *lab.Redis {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), timeout)
	defer cancel()
	redis, err := lab.StartRedis(ctx, options)
	if err != nil {
		missing(tb, "a Redis server", err)
	}
	tb.Cleanup(func() {
		if err := redis.Stop(); err != nil {
			tb.Errorf("stop Redis: %v", err)
		}
	})
	return redis
}

// NewCaller makes a SIP caller for a test; from is as for lab.NewCaller.
func NewCaller(tb testing.TB, asterisk *lab.Asterisk, from string) *lab.Caller {
	tb.Helper()
	caller, err := lab.NewCaller(tb.Context(), asterisk.SIP(), from)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := caller.Close(); err != nil {
			tb.Error(err)
		}
	})
	return caller
}

// NewPhone makes a telephone for a test; from and endpoint are as for
// lab.NewPhone.
func NewPhone(tb testing.TB, asterisk *lab.Asterisk, from, endpoint string) *lab.Phone {
	tb.Helper()
	phone, err := lab.NewPhone(tb.Context(), asterisk.SIP(), from, endpoint)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := phone.Close(); err != nil {
			tb.Error(err)
		}
	})
	return phone
}

var ringfence = sync.OnceValues(func() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return lab.BuildRingfence(ctx, lab.BuildOptions{Race: raceDetector})
})

// Ringfence builds the program, once for all tests of a package, and returns
// its path. Under -race the program too has the race detector.
func Ringfence(tb testing.TB) string {
	tb.Helper()
	path, err := ringfence()
	if err != nil {
		tb.Fatal(err)
	}
	return path
}

// Start runs a command for a test and kills it at its end, should it still
// run. If the test fails, the end of what the command wrote is shown.
func Start(tb testing.TB, command lab.Command) *lab.Process {
	tb.Helper()
	process, err := lab.Start(tb.Context(), command)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := process.Kill(); err != nil {
			tb.Error(err)
		}
		if tb.Failed() {
			tb.Logf("the last output of %s:\n%s", command.Path, process.Output().Tail(40))
		}
	})
	return process
}

// NewProxy starts a proxy before a server for a test.
func NewProxy(tb testing.TB, target string) *lab.Proxy {
	tb.Helper()
	proxy, err := lab.NewProxy(tb.Context(), target)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(proxy.Close)
	return proxy
}

// missing ends a test that lacks a part.
func missing(tb testing.TB, part string, err error) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("this test needs %s, and CI=true says that there is one: %v", part, err)
	}
	tb.Skipf("this test needs %s, and there is none: %v", part, err)
}
