package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"runtime"
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
