package lab

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
)

// askTimeout bounds one question to a Redis server.
const askTimeout = time.Second

// Ask sends one command, such as "CLUSTER", "NODES", and returns the answer as
// text; the parts of a list stand on lines of their own. An error that Redis
// answers is an error.
func (r *Redis) Ask(ctx context.Context, words ...string) (string, error) {
	answer, err := askRedis(ctx, r.Address(), words)
	if err != nil {
		return "", fmt.Errorf("ask Redis at %s %s: %w", r.Address(), words[0], err)
	}
	return answer, nil
}

func askRedis(ctx context.Context, address string, words []string) (string, error) {
	dialer := net.Dialer{Timeout: askTimeout}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(askTimeout)); err != nil {
		return "", err
	}
	var command strings.Builder
	fmt.Fprintf(&command, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&command, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(conn, command.String()); err != nil {
		return "", err
	}
	parts, err := readReply(bufio.NewReader(conn))
	return strings.Join(parts, "\n"), err
}

// readReply reads one answer in Redis' protocol, version 2.
func readReply(from *bufio.Reader) ([]string, error) {
	line, err := from.ReadString('\n')
	if err != nil {
		return nil, err
	}
	kind, text := line[0], strings.TrimSpace(line[1:])
	switch kind {
	case '+', ':':
		return []string{text}, nil
	case '-':
		return nil, errors.New(text)
	}
	length, err := strconv.Atoi(text)
	if err != nil {
		return nil, fmt.Errorf("read the answer %q: %w", line, err)
	}
	if kind == '$' {
		bulk := make([]byte, max(0, length+len("\r\n")))
		if _, err := io.ReadFull(from, bulk); err != nil || length < 0 {
			return []string{""}, err
		}
		return []string{string(bulk[:length])}, nil
	}
	var parts []string
	for range length {
		more, err := readReply(from)
		if err != nil {
			return nil, err
		}
		parts = append(parts, more...)
	}
	return parts, nil
}
