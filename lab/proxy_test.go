package lab_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// echo is a server that gives back each line.
func echo(t *testing.T) string {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				lines := bufio.NewReader(conn)
				for {
					line, err := lines.ReadString('\n')
					if err != nil {
						return
					}
					if _, err := conn.Write([]byte(line)); err != nil {
						return
					}
				}
			}()
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	return listener.Addr().String()
}

type client struct {
	net.Conn
	lines *bufio.Reader
}

func dial(t *testing.T, address string) (*client, error) {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &client{Conn: conn, lines: bufio.NewReader(conn)}, nil
}

// say sends a line and returns how long the echo took.
func (c *client) say(t *testing.T, timeout time.Duration) (time.Duration, error) {
	t.Helper()
	began := time.Now()
	if err := c.SetDeadline(began.Add(timeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Write([]byte("hello\n")); err != nil {
		return 0, err
	}
	return c.hear()
}

func (c *client) hear() (time.Duration, error) {
	began := time.Now()
	_, err := c.lines.ReadString('\n')
	return time.Since(began), err
}

func TestProxy(t *testing.T) {
	proxy, err := lab.NewProxy(context.WithoutCancel(t.Context()), echo(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Close)
	first, err := dial(t, proxy.Address())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := first.say(t, time.Second); err != nil {
		t.Fatalf("without a fault: %v", err)
	}

	proxy.Delay(lab.BothWays, 50*time.Millisecond)
	if took, err := first.say(t, time.Second); err != nil || took < 90*time.Millisecond {
		t.Errorf("a delay of 50 ms each way: %v, %v", took, err)
	}
	if err := proxy.Pass(); err != nil {
		t.Fatal(err)
	}

	for name, way := range map[string]lab.Direction{"to the server": lab.ToServer, "to the client": lab.ToClient} {
		proxy.Hold(way)
		if _, err := first.say(t, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("silence %s: %v, want no answer and an open connection", name, err)
		}
		second, err := dial(t, proxy.Address())
		if err != nil {
			t.Fatalf("a new connection in the silence: %v", err)
		}
		if _, err := second.say(t, 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("silence %s on a new connection: %v", name, err)
		}
		if err := proxy.Pass(); err != nil {
			t.Fatal(err)
		}
		if err := first.SetDeadline(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, err := first.hear(); err != nil {
			t.Errorf("what was held %s did not arrive afterwards: %v", name, err)
		}
	}

	proxy.Refuse()
	if _, err := dial(t, proxy.Address()); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("refused: %v", err)
	}
	if _, err := first.say(t, time.Second); err != nil {
		t.Errorf("an open connection while new ones are refused: %v", err)
	}
	if err := proxy.Pass(); err != nil {
		t.Fatal(err)
	}
	if _, err := dial(t, proxy.Address()); err != nil {
		t.Errorf("no longer refused: %v", err)
	}

	proxy.Cut()
	if _, err := first.say(t, time.Second); err == nil {
		t.Error("a cut connection still answers")
	}
}
