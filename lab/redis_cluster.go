package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// RedisClusterOptions are what may differ from one cluster to the next. The
// zero value is good.
type RedisClusterOptions struct {
	// Log gets downloads. Nil means no log.
	Log *slog.Logger
}

const (
	// clusterPrimaries is the least number of primaries that can agree on which
	// of them has failed. Each has one replica.
	clusterPrimaries = 3
	clusterSlots     = 16384
	// clusterTimeout is how long a node may be silent; a failover takes three
	// to five times as long.
	clusterTimeout = 500 * time.Millisecond
	// busOffset is how far the port at which nodes talk to each other lies
	// above the one for clients.
	busOffset = 10000
)

// A RedisCluster is a Redis Cluster that runs: three primaries with one
// replica each. Its methods are for one goroutine at a time.
type RedisCluster struct {
	nodes []*Redis
}

// StartRedisCluster starts a cluster and returns when it serves all keys and
// can lose a primary. This takes Redis some three seconds.
func StartRedisCluster(ctx context.Context, options RedisClusterOptions) (*RedisCluster, error) {
	cluster := &RedisCluster{}
	err := cluster.start(ctx, options)
	if err == nil {
		err = cluster.join(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start a Redis Cluster: %w", err), cluster.Stop())
	}
	return cluster, nil
}

func (c *RedisCluster) start(ctx context.Context, options RedisClusterOptions) error {
	for range 2 * clusterPrimaries {
		port, err := freeClusterPort()
		if err != nil {
			return err
		}
		node, err := StartRedis(ctx, RedisOptions{Log: options.Log, Port: port, args: []string{
			"--cluster-enabled", "yes",
			"--cluster-node-timeout", strconv.FormatInt(clusterTimeout.Milliseconds(), 10),
			// A replica may take over however long it was cut off.
			"--cluster-replica-validity-factor", "0",
			"--repl-diskless-sync-delay", "0",
		}})
		if err != nil {
			return err
		}
		c.nodes = append(c.nodes, node)
	}
	return nil
}

// join makes one cluster of nodes that know nothing of each other.
func (c *RedisCluster) join(ctx context.Context) error {
	primaries := c.nodes[:clusterPrimaries]
	for i, node := range primaries {
		args := []string{"CLUSTER", "ADDSLOTS"}
		for slot := i * clusterSlots / clusterPrimaries; slot < (i+1)*clusterSlots/clusterPrimaries; slot++ {
			args = append(args, strconv.Itoa(slot))
		}
		epoch := strconv.Itoa(i + 1)
		if err := errors.Join(ask(ctx, node, args...), ask(ctx, node, "CLUSTER", "SET-CONFIG-EPOCH", epoch)); err != nil {
			return err
		}
	}
	// That everybody meets everybody spares the time until the word has spread.
	for i, node := range c.nodes {
		for _, other := range c.nodes[i+1:] {
			if err := ask(ctx, node, "CLUSTER", "MEET", "127.0.0.1", strconv.Itoa(other.port)); err != nil {
				return err
			}
		}
	}
	var replicas errgroup.Group
	for i, primary := range primaries {
		replicas.Go(func() error { return follow(ctx, c.nodes[clusterPrimaries+i], primary) })
	}
	if err := replicas.Wait(); err != nil {
		return err
	}
	return c.waitWhole(ctx)
}

// follow makes one node the replica of another, once it knows it.
func follow(ctx context.Context, node, primary *Redis) error {
	id, err := primary.Ask(ctx, "CLUSTER", "MYID")
	if err != nil {
		return err
	}
	var last error
	return giveUp("follow its primary", &last, poll(ctx, 10*time.Millisecond, func() (bool, error) {
		last = ask(ctx, node, "CLUSTER", "REPLICATE", id)
		return last == nil, nil
	}))
}

// waitWhole waits until every node sees every primary with a replica that has
// all of its data.
func (c *RedisCluster) waitWhole(ctx context.Context) error {
	var last error
	return giveUp("serve all keys", &last, poll(ctx, 10*time.Millisecond, func() (bool, error) {
		for _, node := range c.nodes {
			info, err := node.Ask(ctx, "CLUSTER", "INFO")
			if err != nil {
				return false, err
			}
			table, err := node.nodes(ctx)
			if err != nil {
				return false, err
			}
			replicas := 0
			for _, line := range table {
				if line.replica {
					replicas++
				}
			}
			if !strings.Contains(info, "cluster_state:ok") || replicas != clusterPrimaries {
				last = fmt.Errorf("%s sees %d replicas and says: %s", node.Address(), replicas, info)
				return false, nil
			}
			replication, err := node.Ask(ctx, "INFO", "replication")
			if err != nil {
				return false, err
			}
			if strings.Contains(replication, "master_link_status:down") {
				last = fmt.Errorf("%s has not the data of its primary", node.Address())
				return false, nil
			}
		}
		return true, nil
	}))
}

// ask is Ask for commands that answer OK.
func ask(ctx context.Context, node *Redis, words ...string) error {
	_, err := node.Ask(ctx, words...)
	return err
}

// giveUp says what the last try to do something said, if it failed.
func giveUp(doing string, last *error, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, errors.Join(err, *last))
}

// Nodes are all servers of the cluster, whatever their part and whether they
// run or not.
func (c *RedisCluster) Nodes() []*Redis { return c.nodes }

// URL leads to the cluster by all of its nodes.
func (c *RedisCluster) URL() string {
	var others strings.Builder
	for i, node := range c.nodes[1:] {
		others.WriteString(string("?&"[min(i, 1)]) + "addr=" + node.Address())
	}
	return "redis://" + c.nodes[0].Address() + others.String()
}

// Primary returns the node that serves a key now.
func (c *RedisCluster) Primary(ctx context.Context, key string) (*Redis, error) {
	return c.primary(ctx, key, nil)
}

// primary asks any node but one, which may be dead.
func (c *RedisCluster) primary(ctx context.Context, key string, but *Redis) (*Redis, error) {
	var failures error
	for _, node := range c.nodes {
		if node == but {
			continue
		}
		address, err := node.owner(ctx, key)
		for _, other := range c.nodes {
			if err == nil && other.Address() == address {
				return other, nil
			}
		}
		failures = errors.Join(failures, err)
	}
	return nil, fmt.Errorf("find the primary of %s: %w", key, failures)
}

// WaitFailover waits until another node than a failed one serves the key, and
// all others know it.
func (c *RedisCluster) WaitFailover(ctx context.Context, failed *Redis, key string) error {
	var last error
	return giveUp("wait for a failover", &last, poll(ctx, 10*time.Millisecond, func() (bool, error) {
		for _, node := range c.nodes {
			if node == failed {
				continue
			}
			var address, info string
			if address, last = node.owner(ctx, key); last != nil {
				return false, nil
			}
			if info, last = node.Ask(ctx, "CLUSTER", "INFO"); last != nil {
				return false, nil
			}
			if address == failed.Address() || !strings.Contains(info, "cluster_state:ok") {
				last = fmt.Errorf("%s still says that %s serves %s", node.Address(), address, key)
				return false, nil
			}
		}
		return true, nil
	}))
}

// Stop ends all nodes and removes their folders.
func (c *RedisCluster) Stop() error { return stopAll(c.nodes) }

func stopAll(servers []*Redis) error {
	var failures error
	for _, server := range servers {
		failures = errors.Join(failures, server.Stop())
	}
	return failures
}
