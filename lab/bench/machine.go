package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// A machine is what the figures were taken on.
type machine struct {
	Cores    int    `json:"cores"`
	CPU      string `json:"cpu"`
	Kernel   string `json:"kernel"`
	Go       string `json:"go"`
	Asterisk string `json:"asterisk"`
	Redis    string `json:"redis"`
	// Load is the load average of the last minute before the start: what
	// others did with the machine.
	Load string    `json:"load_average"`
	Time time.Time `json:"time"`
}

func describe(ctx context.Context, p *parts, load string) (machine, error) {
	m := machine{
		Cores: runtime.NumCPU(), CPU: processorModel(), Kernel: firstField("/proc/sys/kernel/osrelease"),
		Go: runtime.Version(), Load: load, Time: time.Now().UTC().Truncate(time.Second),
	}
	version, err := p.asterisk.CLI(ctx, "core show version")
	if err != nil {
		return m, err
	}
	if words := strings.Fields(version); len(words) > 1 {
		m.Asterisk = words[1]
	}
	m.Redis, err = redisVersion(ctx, p.redis.Address())
	return m, err
}

func processorModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(text)) {
		if name, value, _ := strings.Cut(line, ":"); strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// firstField returns the first word of a small file of the kernel's.
func firstField(path string) string {
	text, err := os.ReadFile(path)
	if words := strings.Fields(string(text)); err == nil && len(words) > 0 {
		return words[0]
	}
	return "unknown"
}

// busyTime returns the processor time that all programs have used since the
// machine's start.
func busyTime() (time.Duration, error) {
	text, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, fmt.Errorf("read the machine's processor time: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	var busy time.Duration
	for i, field := range strings.Fields(line)[1:] {
		ticks, err := strconv.Atoi(field)
		if err != nil {
			return 0, fmt.Errorf("read the machine's processor time: %w", err)
		}
		if i != 3 && i != 4 { // idle, and idle while a disk works (proc(5))
			busy += time.Duration(ticks) * 10 * time.Millisecond
		}
	}
	return busy, nil
}

// awaitCalm waits until other programs use little of the machine, but not
// longer than the limit.
func awaitCalm(ctx context.Context, limit time.Duration) error {
	for end := time.Now().Add(limit); time.Now().Before(end); {
		before, err := busyTime()
		if err != nil {
			return err
		}
		select {
		case <-time.After(quietSpan):
		case <-ctx.Done():
			return ctx.Err()
		}
		after, err := busyTime()
		if err != nil || after-before < quietUse {
			return err
		}
	}
	return nil
}

// redisVersion asks the server itself.
func redisVersion(ctx context.Context, address string) (string, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return "", fmt.Errorf("ask Redis for its version: %w", err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.Write([]byte("INFO server\r\nQUIT\r\n")); err != nil {
		return "", fmt.Errorf("ask Redis for its version: %w", err)
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		if version, found := strings.CutPrefix(lines.Text(), "redis_version:"); found {
			return version, nil
		}
	}
	return "unknown", lines.Err()
}
