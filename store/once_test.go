package store_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
)

// mute is a cluster of one node that tells where it is, and hangs up on
// whatever else it is asked.
type mute struct {
	listener net.Listener

	mu    sync.Mutex
	asked []string
}

func newMute(t *testing.T) *mute {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	m := &mute{listener: listener}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer func() { _ = conn.Close() }()
				m.serve(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		conns.Wait()
	})
	return m
}

func (m *mute) serve(conn net.Conn) {
	from := bufio.NewReader(conn)
	for {
		words, err := readCommand(from)
		if err != nil {
			return
		}
		switch strings.ToLower(words[0]) {
		case "hello":
			_, err = io.WriteString(conn, "-ERR unknown command 'hello'\r\n")
		case "cluster":
			host, port, _ := net.SplitHostPort(m.listener.Addr().String())
			_, err = fmt.Fprintf(conn, "*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$%d\r\n%s\r\n:%s\r\n", len(host), host, port)
		default:
			m.mu.Lock()
			m.asked = append(m.asked, strings.ToLower(words[0]))
			m.mu.Unlock()
			return
		}
		if err != nil {
			return
		}
	}
}

// readCommand reads one command of Redis' protocol.
func readCommand(from *bufio.Reader) ([]string, error) {
	count, err := readCount(from)
	var words []string
	for range count {
		length, err := readCount(from)
		if err != nil {
			return nil, err
		}
		word := make([]byte, length+len("\r\n"))
		if _, err := io.ReadFull(from, word); err != nil {
			return nil, err
		}
		words = append(words, string(word[:length]))
	}
	return words, err
}

func readCount(from *bufio.Reader) (int, error) {
	line, err := from.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

// Ensure that a cluster is not asked again when the answer is lost: it may have
// done already what it was asked for.
func TestAClusterIsAskedOnce(t *testing.T) {
	for name, do := range map[string]func(*store.Store) error{
		"one":     func(s *store.Store) error { return s.Check(t.Context()) },
		"several": func(s *store.Store) error { _, err := s.Facts(t.Context(), phone.Number{}, phone.Number{}); return err },
		"write":   func(s *store.Store) error { return s.CheckWritable(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			node := newMute(t)
			address := node.listener.Addr().String()
			s := house{url: "redis://" + address + "?addr=" + address, prefix: "x:"}.open(t, store.Options{})
			if err := do(s); err == nil {
				t.Error("no error")
			}
			node.mu.Lock()
			defer node.mu.Unlock()
			if len(node.asked) != 1 {
				t.Errorf("it was asked %q", node.asked)
			}
		})
	}
}
