package ari_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

// talker makes requests to a server, without a session at work.
func talker(t *testing.T, url string, timeout time.Duration) *ari.Session {
	t.Helper()
	s, err := ari.New(ari.Config{
		URL: url + "/ari", Username: aritest.Username, Password: aritest.Password, App: aritest.App,
		FallbackTo: fallback, RequestTimeout: timeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// rawServer answers each connection as it likes. The number of a connection
// counts from 1.
func rawServer(t *testing.T, talk func(number int64, conn net.Conn, lines *bufio.Reader)) (url string, connections *atomic.Int64) {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	connections = new(atomic.Int64)
	var open sync.WaitGroup
	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			number := connections.Add(1)
			open.Go(func() {
				defer func() { _ = conn.Close() }()
				talk(number, conn, bufio.NewReader(conn))
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})
	return "http://" + listener.Addr().String(), connections
}

// hear reads one request, and reports whether there was one.
func hear(lines *bufio.Reader) bool {
	req, err := http.ReadRequest(lines)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

const (
	done     = "HTTP/1.1 204 No Content\r\nServer: Asterisk\r\nContent-Length: 0\r\n\r\n"
	doneLast = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"
)

func say(conn net.Conn, text string) { _, _ = io.WriteString(conn, text) }

func TestRequests_ShareAConnection(t *testing.T) {
	t.Parallel()
	url, connections := rawServer(t, func(_ int64, conn net.Conn, lines *bufio.Reader) {
		for hear(lines) {
			say(conn, done)
		}
	})
	s := talker(t, url, time.Second)
	for range 5 {
		if err := s.Continue(t.Context(), "c1", allow); err != nil {
			t.Fatal(err)
		}
	}
	if n := connections.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// Connections that end between two requests, or during one.
func TestRequests_ConnectionLost(t *testing.T) {
	t.Parallel()
	half := "HTTP/1.1 204 No Con"
	tests := []struct {
		name string
		talk func(number int64, conn net.Conn, lines *bufio.Reader)
		// failed are the requests of three that fail, connections what it took.
		failed      []int
		connections int64
	}{
		{"closed while idle", func(_ int64, conn net.Conn, lines *bufio.Reader) {
			_ = hear(lines)
			say(conn, done)
		}, nil, 3},
		{"closed on the next request", func(_ int64, conn net.Conn, lines *bufio.Reader) {
			_ = hear(lines)
			say(conn, done)
			_ = hear(lines)
		}, nil, 3},
		{"announced to be the last", func(_ int64, conn net.Conn, lines *bufio.Reader) {
			_ = hear(lines)
			say(conn, doneLast)
			_, _ = lines.ReadByte()
		}, nil, 3},
		{"the first is never answered", func(number int64, conn net.Conn, lines *bufio.Reader) {
			for hear(lines) && number > 1 {
				say(conn, done)
			}
		}, []int{0}, 2},
		{"closed in the middle of an answer", func(number int64, conn net.Conn, lines *bufio.Reader) {
			for n := 0; hear(lines); n++ {
				if number == 1 && n == 1 {
					say(conn, half)
					return
				}
				say(conn, done)
			}
		}, []int{1}, 2},
		{"no HTTP", func(_ int64, conn net.Conn, _ *bufio.Reader) {
			say(conn, "SSH-2.0-OpenSSH_9.2\r\n")
		}, []int{0, 1, 2}, 3},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, connections := rawServer(t, test.talk)
			s := talker(t, url, 5*time.Second)
			var failed []int
			for i := range 3 {
				if err := s.Continue(t.Context(), "c1", allow); err != nil {
					failed = append(failed, i)
				}
			}
			if n := connections.Load(); !slices.Equal(failed, test.failed) || n != test.connections {
				t.Errorf("failed %v with %d connections, want %v with %d", failed, n, test.failed, test.connections)
			}
		})
	}
}

// Answers of every length, announced in every way.
func TestRequests_Answers(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 100_000)
	tests := []struct {
		name, answer, value string
		refused             bool
	}{
		{"length", "200 OK\r\nContent-Length: 13\r\n\r\n{\"value\":\"a\"}", "a", false},
		{"chunks", "200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"val\r\n8\r\nue\":\"b\"}\r\n0\r\n\r\n", "b", false},
		{"long", fmt.Sprintf("200 OK\r\nContent-Length: %d\r\n\r\n{\"value\":%q}", len(long)+12, long), long, false},
		{"cut short", "200 OK\r\nContent-Length: 99\r\nConnection: close\r\n\r\n{\"value\":\"a\"}", "", true},
		{"too long", fmt.Sprintf("200 OK\r\nContent-Length: %d\r\n\r\n%s", 5<<20, strings.Repeat(" ", 5<<20)), "", true},
		{"refused", "500 Oh\r\nContent-Length: 16\r\n\r\n{\"message\":\"ouch\"", "", true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			url, _ := rawServer(t, func(_ int64, conn net.Conn, lines *bufio.Reader) {
				if hear(lines) {
					say(conn, "HTTP/1.1 "+test.answer)
				}
			})
			value, _, err := talker(t, url, 5*time.Second).Variable(t.Context(), "c1", "X")
			if value != test.value || (err != nil) != test.refused {
				t.Errorf("got %d bytes, %v", len(value), err)
			}
		})
	}
}

// A request ends in time, whatever the other side does, and the next is not
// given its answer.
func TestRequests_EndInTime(t *testing.T) {
	t.Parallel()
	url, connections := rawServer(t, func(number int64, conn net.Conn, lines *bufio.Reader) {
		for hear(lines) && number > 1 {
			say(conn, done)
		}
		_, _ = lines.ReadByte() // until the other side has had enough
	})
	s := talker(t, url, 100*time.Millisecond)
	began := time.Now()
	err := s.Continue(t.Context(), "c1", allow)
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 3*time.Second {
		t.Errorf("after %v: %v", took, err)
	}
	if err := s.Continue(t.Context(), "c2", allow); err != nil {
		t.Error(err)
	}
	if n := connections.Load(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

// Answer goes by the life of the call, unlike Continue.
func TestRequests_AreCutOff(t *testing.T) {
	t.Parallel()
	asked := make(chan struct{})
	url, _ := rawServer(t, func(number int64, conn net.Conn, lines *bufio.Reader) {
		for hear(lines) {
			if number > 1 {
				say(conn, done)
			} else {
				close(asked)
			}
		}
	})
	s := talker(t, url, 30*time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-asked
		cancel()
	}()
	if err := s.Answer(ctx, "c1"); !errors.Is(err, context.Canceled) {
		t.Errorf("cut off with %v", err)
	}
	if err := s.Answer(t.Context(), "c1"); err != nil {
		t.Error(err)
	}
}

// Asterisk is never given more connections than agreed on; requests above that
// wait for their turn.
func TestRequests_AreBounded(t *testing.T) {
	t.Parallel()
	const bound = 16
	free := make(chan struct{})
	url, connections := rawServer(t, func(_ int64, conn net.Conn, lines *bufio.Reader) {
		for first := true; hear(lines); first = false {
			if !first {
				<-free
			}
			say(conn, done)
		}
	})
	s := talker(t, url, 30*time.Second)
	var requests sync.WaitGroup
	for range 4 * bound {
		requests.Go(func() {
			if err := s.Continue(t.Context(), "c1", allow); err != nil {
				t.Error(err)
			}
		})
	}
	for deadline := time.Now().Add(20 * time.Second); connections.Load() < bound && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	close(free)
	requests.Wait()
	if n := connections.Load(); n != bound {
		t.Errorf("%d connections, want %d", n, bound)
	}
}

// Asterisk's backlog is short: of a burst, no more than four connections wait
// to be accepted at any time, and the rest for one that is idle again.
func TestRequests_OpenFewConnectionsAtOnce(t *testing.T) {
	t.Parallel()
	var unanswered, most atomic.Int64
	url, _ := rawServer(t, func(_ int64, conn net.Conn, lines *bufio.Reader) {
		now := unanswered.Add(1)
		for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); {
			seen = most.Load()
		}
		for first := true; hear(lines); first = false {
			time.Sleep(5 * time.Millisecond) // what Asterisk takes for an answer
			if first {
				unanswered.Add(-1)
			}
			say(conn, done)
		}
	})
	s := talker(t, url, 30*time.Second)
	var requests sync.WaitGroup
	for range 200 {
		requests.Go(func() {
			if err := s.Continue(t.Context(), "c1", allow); err != nil {
				t.Error(err)
			}
		})
	}
	requests.Wait()
	if n := most.Load(); n > 4 {
		t.Errorf("%d connections were unanswered at once, want at most 4", n)
	}
}

// A connection that is refused, or given up without an answer, does not stay
// among those that wait for one.
func TestRequests_OpeningsEnd(t *testing.T) {
	t.Parallel()
	const tries = 6 // more than may be opened at once
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = listener.Close()
	s := talker(t, "http://"+listener.Addr().String(), 30*time.Second)
	for range tries {
		if err := s.Continue(t.Context(), "c1", allow); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Fatalf("refused with %v", err)
		}
	}

	url, connections := rawServer(t, func(_ int64, _ net.Conn, lines *bufio.Reader) {
		_ = hear(lines)
		_, _ = lines.ReadByte()
	})
	s = talker(t, url, 50*time.Millisecond)
	for range tries {
		if err := s.Continue(t.Context(), "c1", allow); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("given up with %v", err)
		}
	}
	for deadline := time.Now().Add(20 * time.Second); connections.Load() < tries && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	if n := connections.Load(); n != tries {
		t.Errorf("%d connections, want %d", n, tries)
	}
}
