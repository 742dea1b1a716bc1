package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// RedisSentinelOptions are what may differ from one pair to the next. The zero
// value is good.
type RedisSentinelOptions struct {
	// Log gets downloads. Nil means no log.
	Log *slog.Logger
}

const (
	// SentinelName is the name by which the sentinels know the primary.
	SentinelName = "mymaster"
	// sentinelCount is the least number that can lose one and still agree.
	sentinelCount  = 3
	sentinelQuorum = 2
	// sentinelDownAfter is how long the primary may be silent.
	sentinelDownAfter = 500 * time.Millisecond
)

// A RedisSentinel is a Redis primary with one replica, and three sentinels
// that watch over them. Its methods are for one goroutine at a time.
type RedisSentinel struct {
	servers   []*Redis
	sentinels []*Redis
}

// StartRedisSentinel starts servers and sentinels and returns when the primary
// may fail.
func StartRedisSentinel(ctx context.Context, options RedisSentinelOptions) (*RedisSentinel, error) {
	pair := &RedisSentinel{}
	err := pair.start(ctx, options)
	if err == nil {
		err = pair.waitWhole(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start Redis with sentinels: %w", err), pair.Stop())
	}
	return pair, nil
}

func (p *RedisSentinel) start(ctx context.Context, options RedisSentinelOptions) error {
	for range 2 {
		args := []string{"--repl-diskless-sync-delay", "0"}
		if len(p.servers) > 0 {
			args = append(args, "--replicaof", "127.0.0.1 "+strconv.Itoa(p.servers[0].port))
		}
		server, err := StartRedis(ctx, RedisOptions{Log: options.Log, args: args})
		if err != nil {
			return err
		}
		p.servers = append(p.servers, server)
	}
	// A server that comes back follows whom the sentinels name.
	p.servers[1].args = p.servers[0].args

	ports := make([]int, sentinelCount)
	for i := range ports {
		var err error
		if ports[i], err = freePort("tcp"); err != nil {
			return err
		}
	}
	for i := range ports {
		sentinel, err := p.startSentinel(ctx, options, ports, i)
		if err != nil {
			return err
		}
		p.sentinels = append(p.sentinels, sentinel)
	}
	return nil
}

// startSentinel starts one sentinel, which knows the others from the start:
// to hear of each other takes them seconds.
func (p *RedisSentinel) startSentinel(ctx context.Context, options RedisSentinelOptions, ports []int, own int) (*Redis, error) {
	dir, err := scratchFolder("sentinel")
	if err != nil {
		return nil, err
	}
	var conf strings.Builder
	fmt.Fprintf(&conf, "sentinel myid %040x\n", own+1)
	fmt.Fprintf(&conf, "sentinel monitor %s 127.0.0.1 %d %d\n", SentinelName, p.servers[0].port, sentinelQuorum)
	fmt.Fprintf(&conf, "sentinel down-after-milliseconds %s %d\n", SentinelName, sentinelDownAfter.Milliseconds())
	fmt.Fprintf(&conf, "sentinel failover-timeout %s 5000\n", SentinelName)
	fmt.Fprintf(&conf, "sentinel known-replica %s 127.0.0.1 %d\n", SentinelName, p.servers[1].port)
	for i, port := range ports {
		if i != own {
			fmt.Fprintf(&conf, "sentinel known-sentinel %s 127.0.0.1 %d %040x\n", SentinelName, port, i+1)
		}
	}
	// Sentinels write what they learn into their file.
	path := filepath.Join(dir, "sentinel.conf")
	if err := os.WriteFile(path, []byte(conf.String()), 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("write a sentinel's configuration: %w", err), os.RemoveAll(dir))
	}
	command, err := findRedis(ctx, orQuiet(options.Log))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	sentinel := &Redis{dir: dir, port: ports[own], command: append(command, path, "--sentinel")}
	if err := sentinel.Start(ctx); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return sentinel, nil
}

// waitWhole waits until every sentinel sees the replica and the others.
func (p *RedisSentinel) waitWhole(ctx context.Context) error {
	var last error
	return giveUp("watch over the primary", &last, poll(ctx, 10*time.Millisecond, func() (bool, error) {
		for _, sentinel := range p.sentinels {
			if last = ask(ctx, sentinel, "SENTINEL", "CKQUORUM", SentinelName); last != nil {
				return false, nil
			}
			replicas, err := sentinel.Ask(ctx, "SENTINEL", "REPLICAS", SentinelName)
			if err != nil {
				return false, err
			}
			if !strings.Contains(replicas, "master-link-status\nok") {
				last = fmt.Errorf("a sentinel does not see the replica: %q", replicas)
				return false, nil
			}
		}
		return true, nil
	}))
}

// Sentinels are the three of them.
func (p *RedisSentinel) Sentinels() []*Redis { return p.sentinels }

// Servers are the two that keep data, whichever is the primary, and whether
// they run or not.
func (p *RedisSentinel) Servers() []*Redis { return p.servers }

// URL leads to the primary by way of the sentinels.
func (p *RedisSentinel) URL() string {
	var others strings.Builder
	for _, sentinel := range p.sentinels[1:] {
		others.WriteString("&addr=" + sentinel.Address())
	}
	return "redis://" + p.sentinels[0].Address() + "/0?master_name=" + SentinelName + others.String()
}

// Primary returns the server that is primary now, as a sentinel that runs says.
func (p *RedisSentinel) Primary(ctx context.Context) (*Redis, error) {
	var failures error
	for _, sentinel := range p.sentinels {
		answer, err := sentinel.Ask(ctx, "SENTINEL", "GET-MASTER-ADDR-BY-NAME", SentinelName)
		if err == nil {
			host, port, _ := strings.Cut(answer, "\n")
			for _, server := range p.servers {
				if server.Address() == net.JoinHostPort(host, port) {
					return server, nil
				}
			}
		}
		failures = errors.Join(failures, err)
	}
	return nil, fmt.Errorf("find the primary: %w", failures)
}

// WaitFailover waits until another server than a failed one is primary.
func (p *RedisSentinel) WaitFailover(ctx context.Context, failed *Redis) error {
	var last error
	return giveUp("wait for a failover", &last, poll(ctx, 10*time.Millisecond, func() (bool, error) {
		var primary *Redis
		if primary, last = p.Primary(ctx); last != nil || primary == failed {
			return false, nil
		}
		var role string
		role, last = primary.Ask(ctx, "ROLE")
		return strings.HasPrefix(role, "master"), nil
	}))
}

// Stop ends all servers and sentinels and removes their folders.
func (p *RedisSentinel) Stop() error { return errors.Join(stopAll(p.sentinels), stopAll(p.servers)) }
