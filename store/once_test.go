package store_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
)

// scripted is a server that speaks Redis' protocol, and gives the answers of a test.
type scripted struct {
	address string

	mu    sync.Mutex
	asked []string
}

// serveScript answers commands on a listener until the test ends. An answer of
// "" ends the connection.
func serveScript(t *testing.T, listener net.Listener, answer func(words []string) string) *scripted {
	t.Helper()
	s := &scripted{address: listener.Addr().String()}
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				defer func() { _ = conn.Close() }()
				s.serve(conn, answer)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		conns.Wait()
	})
	return s
}

func (s *scripted) serve(conn net.Conn, answer func(words []string) string) {
	from := bufio.NewReader(conn)
	for {
		words, err := readCommand(from)
		if err != nil {
			return
		}
		words[0] = strings.ToLower(words[0])
		s.mu.Lock()
		s.asked = append(s.asked, words[0])
		s.mu.Unlock()
		text := answer(words)
		if _, err := io.WriteString(conn, text); err != nil || text == "" {
			return
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

const noHello = "-ERR unknown command 'hello'\r\n"

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

// A cluster is not asked again when the answer is lost: it may have
// done already what it was asked for.
func TestAClusterIsAskedOnce(t *testing.T) {
	for name, do := range map[string]func(*store.Store) error{
		"one":     func(s *store.Store) error { return s.Check(t.Context()) },
		"several": func(s *store.Store) error { _, err := s.Facts(t.Context(), phone.Number{}, phone.Number{}); return err },
		"write":   func(s *store.Store) error { return s.CheckWritable(t.Context()) },
	} {
		t.Run(name, func(t *testing.T) {
			listener := listen(t)
			host, port, _ := net.SplitHostPort(listener.Addr().String())
			node := serveScript(t, listener, func(words []string) string {
				switch words[0] {
				case "hello":
					return noHello
				case "cluster": // it is the only node
					return fmt.Sprintf("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$%d\r\n%s\r\n:%s\r\n", len(host), host, port)
				}
				return ""
			})
			s := fixture{url: "redis://" + node.address + "?addr=" + node.address, prefix: "x:"}.open(t, store.Options{})
			if err := do(s); err == nil {
				t.Error("no error")
			}
			node.mu.Lock()
			defer node.mu.Unlock()
			asked := slices.DeleteFunc(node.asked, func(word string) bool { return word == "hello" || word == "cluster" })
			if len(asked) != 1 {
				t.Errorf("it was asked %q", asked)
			}
		})
	}
}
