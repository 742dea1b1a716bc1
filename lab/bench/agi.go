package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
)

// agiCommand is how this program is run as the FastAGI server: a process of
// its own, so that its use of the processor can be measured.
const agiCommand = "fastagi"

// agiReady is what the server writes before its address.
const agiReady = "FastAGI at "

// agiTimeout bounds one call at the server.
const agiTimeout = 2 * time.Second

// region is the one of the lab's Ringfence.
const region phone.Region = "DE"

// serveAGI answers calls until ctx ends. Its questions to Redis are those of
// Ringfence: the same pipeline, from the same package.
func serveAGI(ctx context.Context, redisURL string) error {
	list, err := store.Open(store.Options{URL: redisURL})
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }()
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen for FastAGI: %w", err)
	}
	context.AfterFunc(ctx, func() { _ = listener.Close() })
	fmt.Println(agiReady + listener.Addr().String())
	var calls sync.WaitGroup
	defer calls.Wait()
	for {
		conn, err := listener.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept FastAGI: %w", err)
		}
		calls.Go(func() {
			defer func() { _ = conn.Close() }()
			if err := answerAGI(ctx, conn, list); err != nil && ctx.Err() == nil {
				fmt.Fprintln(os.Stderr, "fastagi:", err)
			}
		})
	}
}

// answerAGI takes one call: it reads who calls, asks, and sets VERDICT.
func answerAGI(ctx context.Context, conn net.Conn, list *store.Store) error {
	ctx, cancel := context.WithTimeout(ctx, agiTimeout)
	defer cancel()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	lines := bufio.NewReader(conn)
	variables, err := readAGI(lines)
	if err != nil {
		return err
	}
	facts, err := list.Facts(ctx, region.Caller(variables["agi_callerid"]), region.Caller(variables["agi_extension"]))
	if err != nil {
		return err
	}
	verdict := "allow"
	for _, entry := range facts.Entries {
		if entry.Kind == blacklist.Block {
			verdict = "refuse"
		}
	}
	if _, err := fmt.Fprintf(conn, "SET VARIABLE VERDICT %s\n", verdict); err != nil {
		return fmt.Errorf("answer FastAGI: %w", err)
	}
	answer, err := lines.ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return fmt.Errorf("read answer to FastAGI: %w", err)
	}
	if !strings.HasPrefix(answer, "200 result=1") {
		return fmt.Errorf("set VERDICT: Asterisk answers %q", strings.TrimSpace(answer))
	}
	return nil
}

// readAGI reads what Asterisk sends about the call: lines up to an empty one.
func readAGI(lines *bufio.Reader) (map[string]string, error) {
	variables := make(map[string]string)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return nil, fmt.Errorf("read FastAGI: %w", err)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			return variables, nil
		}
		name, value, _ := strings.Cut(line, ": ")
		variables[name] = value
	}
}
