package lab

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"strings"
	"time"
)

// clusterNode is a line of CLUSTER NODES.
type clusterNode struct {
	address string
	replica bool
	slots   [][2]int
}

// nodes returns the cluster as this node sees it.
func (r *Redis) nodes(ctx context.Context) ([]clusterNode, error) {
	text, err := r.Ask(ctx, "CLUSTER", "NODES")
	if err != nil {
		return nil, err
	}
	var nodes []clusterNode
	for line := range strings.Lines(text) {
		// ID ADDRESS@BUS[,NAME] FLAGS PRIMARY PING PONG EPOCH LINK SLOTS…
		fields := strings.Fields(line)
		if len(fields) < 8 {
			return nil, fmt.Errorf("read CLUSTER NODES: %q", line)
		}
		node := clusterNode{replica: strings.Contains(fields[2], "slave")}
		node.address, _, _ = strings.Cut(fields[1], "@")
		for _, span := range fields[8:] {
			from, to, found := strings.Cut(span, "-")
			if !found {
				to = from
			}
			first, err1 := strconv.Atoi(from)
			last, err2 := strconv.Atoi(to)
			if err1 == nil && err2 == nil { // others are on their way to another node
				node.slots = append(node.slots, [2]int{first, last})
			}
		}
		nodes = append(nodes, node)
	}
	return nodes, nil
}

// owner returns the address of the node that serves a key, as this node sees it.
func (r *Redis) owner(ctx context.Context, key string) (string, error) {
	text, err := r.Ask(ctx, "CLUSTER", "KEYSLOT", key)
	if err != nil {
		return "", err
	}
	slot, err := strconv.Atoi(text)
	if err != nil {
		return "", fmt.Errorf("read CLUSTER KEYSLOT: %w", err)
	}
	nodes, err := r.nodes(ctx)
	if err != nil {
		return "", err
	}
	for _, node := range nodes {
		for _, span := range node.slots {
			if span[0] <= slot && slot <= span[1] {
				return node.address, nil
			}
		}
	}
	return "", fmt.Errorf("no node serves slot %d", slot)
}

// freeClusterPort returns a port that is free together with the one at which
// the nodes of a cluster talk to each other. Both are the lab's own.
func freeClusterPort() (int, error) {
	var last error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-busOffset-firstPort+1)
		if last = bothFree(port, port+busOffset); last == nil {
			return port, nil
		}
	}
	return 0, fmt.Errorf("find a free port for a node of a cluster: %w", last)
}

func bothFree(ports ...int) error {
	for _, port := range ports {
		door, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
		if err != nil {
			return err
		}
		defer func() { _ = door.Close() }()
	}
	return nil
}

// WaitReplicas waits until a primary has a replica, and its replicas have all
// that it has.
func (r *Redis) WaitReplicas(ctx context.Context) error {
	var last error
	return giveUp("wait for the replicas", &last, poll(ctx, 5*time.Millisecond, func() (bool, error) {
		info, err := r.Ask(ctx, "INFO", "replication")
		if err != nil {
			return false, err
		}
		// slave0:ip=127.0.0.1,port=20001,state=online,offset=120,lag=0
		// master_repl_offset:120
		_, own, _ := strings.Cut(info, "master_repl_offset:")
		own, _, _ = strings.Cut(own, "\r\n")
		replicas := 0
		for line := range strings.Lines(info) {
			if _, offset, found := strings.Cut(line, ",offset="); found && strings.HasPrefix(line, "slave") {
				replicas++
				if !strings.HasPrefix(offset, own+",") {
					last = fmt.Errorf("%s has written up to %s, a replica has %s", r.Address(), own, offset)
					return false, nil
				}
			}
		}
		return replicas > 0, nil
	}))
}
