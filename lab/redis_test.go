package lab_test

import (
	"bufio"
	"context"
	"errors"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// ask sends one command to Redis and returns the first line of the answer.
func ask(t *testing.T, address, command string, timeout time.Duration) (string, error) {
	t.Helper()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(timeout)); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Write([]byte(command + "\r\n")); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(conn).ReadString('\n')
	return strings.TrimSpace(line), err
}

func TestRedis(t *testing.T) {
	for _, test := range []struct {
		name  string
		keep  bool
		after string // the answer to EXISTS after a restart
	}{
		{"data gone", false, ":0"},
		{"data kept", true, ":1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			redis := labtest.NeedRedis(t, lab.RedisOptions{Keep: test.keep})
			if answer, err := ask(t, redis.Address(), "SET a 1", time.Second); answer != "+OK" {
				t.Fatalf("SET: %q, %v", answer, err)
			}

			if err := redis.Pause(); err != nil {
				t.Fatal(err)
			}
			if answer, err := ask(t, redis.Address(), "PING", 50*time.Millisecond); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("a paused server answered %q, %v", answer, err)
			}
			if err := redis.Resume(); err != nil {
				t.Fatal(err)
			}
			if answer, err := ask(t, redis.Address(), "PING", 5*time.Second); answer != "+PONG" {
				t.Errorf("a resumed server answered %q, %v", answer, err)
			}

			if err := redis.Halt(); err != nil {
				t.Fatal(err)
			}
			if answer, err := ask(t, redis.Address(), "PING", time.Second); err == nil {
				t.Errorf("a halted server answered %q", answer)
			}
			if err := redis.Start(context.WithoutCancel(t.Context())); err != nil {
				t.Fatal(err)
			}
			if answer, err := ask(t, redis.Address(), "EXISTS a", time.Second); answer != test.after {
				t.Errorf("EXISTS after a restart: %q, %v, want %q", answer, err, test.after)
			}
		})
	}
}
