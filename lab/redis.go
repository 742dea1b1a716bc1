package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// RedisOptions are what may differ from one Redis to the next. The zero value
// is good.
type RedisOptions struct {
	// Log gets downloads. Nil means no log.
	Log *slog.Logger
	// Keep keeps the data over Halt and Start, in an append-only file.
	Keep bool
	// Port is the port to listen on; zero takes a free one.
	Port int

	// args are further words of the command line.
	args []string
}

// A Redis is a Redis server that runs. Its methods are for one goroutine at a
// time.
type Redis struct {
	dir     string
	port    int
	keep    bool
	args    []string
	command []string
	process *Process
}

// PrepareRedis finds the Redis server that StartRedis will run, and makes it
// first if the machine has none.
func PrepareRedis(ctx context.Context, log *slog.Logger) error {
	_, err := findRedis(ctx, orQuiet(log))
	return err
}

func findRedis(ctx context.Context, log *slog.Logger) ([]string, error) {
	if path, err := exec.LookPath("redis-server"); err == nil {
		return []string{path}, nil
	}
	root, err := redisRecipe.unpacked(ctx, log)
	if err != nil {
		return nil, fmt.Errorf("find a Redis server: %w", err)
	}
	return root.command("/usr/bin/redis-server")
}

// StartRedis starts a Redis server and returns when it answers. If the machine
// has none, it makes one first, which takes some seconds, once.
func StartRedis(ctx context.Context, options RedisOptions) (*Redis, error) {
	command, err := findRedis(ctx, orQuiet(options.Log))
	if err != nil {
		return nil, err
	}
	redis := &Redis{port: options.Port, keep: options.Keep, args: options.args, command: command}
	if redis.port == 0 {
		if redis.port, err = freePort("tcp"); err != nil {
			return nil, err
		}
	}
	if redis.dir, err = scratchFolder("redis"); err != nil {
		return nil, err
	}
	if err := redis.Start(ctx); err != nil {
		_ = os.RemoveAll(redis.dir)
		return nil, err
	}
	return redis, nil
}

// Start starts a server that Halt or Kill has stopped, on the same port. Its data is
// gone, unless the option Keep is set.
func (r *Redis) Start(ctx context.Context) error {
	args := append(append([]string(nil), r.command[1:]...),
		"--bind", "127.0.0.1", "--port", strconv.Itoa(r.port), "--dir", r.dir, "--save", "")
	if r.keep {
		args = append(args, "--appendonly", "yes", "--appendfsync", "always")
	}
	args = append(args, r.args...)
	process, err := Start(ctx, Command{Path: r.command[0], Args: args, Dir: r.dir})
	if err != nil {
		return err
	}
	r.process = process
	if err := r.waitReady(ctx); err != nil {
		_ = process.Kill()
		return fmt.Errorf("start Redis: %w; its last output:\n%s", err, process.Output().Tail(10))
	}
	return nil
}

func (r *Redis) waitReady(ctx context.Context) error {
	return poll(ctx, 5*time.Millisecond, func() (bool, error) {
		select {
		case <-r.process.Ended():
			return false, errors.New("it has ended")
		default:
		}
		return r.answers(ctx), nil
	})
}

func (r *Redis) answers(ctx context.Context) bool {
	answer, err := r.Ask(ctx, "PING")
	return err == nil && answer == "PONG"
}

// Address is the server's host and port.
func (r *Redis) Address() string { return fmt.Sprintf("127.0.0.1:%d", r.port) }

// URL is the server's address as "redis://127.0.0.1:…/0".
func (r *Redis) URL() string { return "redis://" + r.Address() + "/0" }

// PID is the number of the server's process.
func (r *Redis) PID() int { return r.process.PID() }

// BreakSnapshots makes each later BGSAVE fail: there is a folder where it writes its
// file.
func (r *Redis) BreakSnapshots() error {
	if err := os.MkdirAll(filepath.Join(r.dir, "dump.rdb", "in-the-way"), 0o755); err != nil {
		return fmt.Errorf("break snapshots: %w", err)
	}
	return nil
}

// Pause freezes the server: connections stay, answers do not come.
func (r *Redis) Pause() error { return r.process.Signal(syscall.SIGSTOP) }

// Resume resumes a paused server.
func (r *Redis) Resume() error { return r.process.Signal(syscall.SIGCONT) }

// Halt stops the server and keeps its folder, for Start.
func (r *Redis) Halt() error { return r.process.Stop(3 * time.Second) }

// Kill ends the server at once, as a crash does, and keeps its folder, for Start.
func (r *Redis) Kill() error { return r.process.Kill() }

// Stop ends the server at once and removes its folder.
func (r *Redis) Stop() error {
	return errors.Join(r.process.Kill(), os.RemoveAll(r.dir))
}
