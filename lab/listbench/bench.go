package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
)

// bench is a measurement: its parts, and what it has found.
type bench struct {
	options options
	folder  string
	log     *slog.Logger
	program string
	servers []*lab.Redis

	version string
	rows    []row
}

// row is one line of the report.
type row struct{ what, got, aim string }

func newBench(ctx context.Context, folder string, o options, log *slog.Logger) (*bench, error) {
	program, err := lab.BuildRingfence(ctx, lab.BuildOptions{})
	if err != nil {
		return nil, err
	}
	return &bench{options: o, folder: folder, log: log, program: program}, nil
}

func (b *bench) stop() {
	for _, server := range b.servers {
		_ = server.Stop()
	}
}

// newRedis starts an empty Redis and returns it with a client.
func (b *bench) newRedis(ctx context.Context) (*lab.Redis, *redis.Client, error) {
	server, err := lab.StartRedis(ctx, lab.RedisOptions{Log: b.log})
	if err != nil {
		return nil, nil, err
	}
	b.servers = append(b.servers, server)
	client := redis.NewClient(&redis.Options{Addr: server.Address(), ReadTimeout: time.Minute, Protocol: 2})
	b.version, err = info(ctx, client, "redis_version")
	return server, client, err
}

// info returns a value of INFO.
func info(ctx context.Context, client *redis.Client, name string) (string, error) {
	text, err := client.Info(ctx).Result()
	if err != nil {
		return "", fmt.Errorf("ask Redis: %w", err)
	}
	for line := range strings.Lines(text) {
		if value, found := strings.CutPrefix(line, name+":"); found {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("ask Redis: it doesn't tell %s", name)
}

func memory(ctx context.Context, client *redis.Client) (int64, error) {
	text, err := info(ctx, client, "used_memory")
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

// add notes a line of the report.
func (b *bench) add(what, got, aim string) { b.rows = append(b.rows, row{what, got, aim}) }

// ran is what a command took.
type ran struct {
	took time.Duration
	// peak is the most memory that it had, in bytes.
	peak int64
}

// command runs a program to its end; input is a file, or "" for none.
func (b *bench) command(ctx context.Context, input string, env []string, words ...string) (r ran, err error) {
	command := exec.CommandContext(ctx, words[0], words[1:]...)
	command.Env = append(os.Environ(), env...)
	command.WaitDelay = time.Second
	if input != "" {
		file, err := os.Open(input)
		if err != nil {
			return r, fmt.Errorf("open input: %w", err)
		}
		defer func() { _ = file.Close() }()
		command.Stdin = file
	}
	began := time.Now()
	output, err := command.CombinedOutput()
	r.took = time.Since(began)
	if err != nil {
		return r, fmt.Errorf("%s: %w: %s", strings.Join(words, " "), err, strings.TrimSpace(string(output)))
	}
	usage, ok := command.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return r, errors.New("this system does not tell a program's memory")
	}
	const kilobyte = 1024 // getrusage(2): ru_maxrss is in kilobytes
	r.peak = usage.Maxrss * kilobyte
	return r, nil
}

// ringfence runs a command of the program under test.
func (b *bench) ringfence(ctx context.Context, server *lab.Redis, words ...string) (ran, error) {
	env := []string{"RINGFENCE_CONFIG=/dev/null", "RINGFENCE_REDIS=" + server.URL(), "TMPDIR=" + b.folder}
	return b.command(ctx, "", env, append([]string{b.program}, words...)...)
}
