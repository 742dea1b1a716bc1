package store

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
)

// Setup says how Redis is set up.
type Setup string

// The setups.
const (
	// Alone is one server, whatever follows it.
	Alone Setup = "server"
	// Cluster is a Redis Cluster.
	Cluster Setup = "cluster"
	// Sentinels is a primary that sentinels replace when it fails.
	Sentinels Setup = "sentinels"
)

// Setup says what the URL leads to.
func (s *Store) Setup() Setup {
	switch {
	case s.target.cluster != nil:
		return Cluster
	case s.target.sentinel != nil:
		return Sentinels
	}
	return Alone
}

// Server is what a Redis server says of itself. Fields are zero where it
// doesn't say, as with some servers that only resemble Redis.
type Server struct {
	// Address is its host and port, if it is one of several.
	Address string
	Version string
	// Replicas is how many servers follow it now.
	Replicas int
	// Replica says that it takes no changes; Primary is then the host and port
	// of the server that does.
	Replica bool
	Primary string
	// Clustered says that it is a node of a cluster.
	Clustered bool
	// EvictionPolicy is what it deletes when its memory is full, such as
	// "noeviction"; MaxMemory is how much that is in bytes, 0 being no limit.
	EvictionPolicy string
	MaxMemory      int64
	// UsedMemory is how much memory it uses, in bytes.
	UsedMemory int64
	// SaveFails says that it could not write its data to its disk the last time.
	SaveFails bool
	// AppendOnly says that it writes each change to its disk. Snapshots says
	// that it saves all data from time to time; SnapshotsKnown is false where
	// the user of the URL may not ask for that.
	AppendOnly                bool
	Snapshots, SnapshotsKnown bool
	// Ahead is how far its clock is ahead of this machine's, negative if it is
	// behind; the way to it and back makes it a few milliseconds.
	Ahead time.Duration
}

// Servers asks the Redis server, or every primary of a cluster, about itself,
// by INFO and CONFIG GET, and changes nothing. The user of the URL may lack the
// permission.
func (s *Store) Servers(ctx context.Context) (servers []Server, err error) {
	defer s.finish(ctx, opServer, s.now(), &err)
	cluster, isCluster := s.client.(*redis.ClusterClient)
	if !isCluster {
		server, err := s.askServer(ctx, s.client)
		if err != nil {
			return nil, err
		}
		return []Server{server}, nil
	}
	var mu sync.Mutex
	err = cluster.ForEachMaster(ctx, func(ctx context.Context, node *redis.Client) error {
		server, err := s.askServer(ctx, node)
		server.Address = node.Options().Addr
		mu.Lock()
		defer mu.Unlock()
		servers = append(servers, server)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(servers, func(a, b Server) int { return cmp.Compare(a.Address, b.Address) })
	return servers, nil
}

func (s *Store) askServer(ctx context.Context, client redis.Cmdable) (Server, error) {
	asked := s.now()
	text, err := client.Info(ctx).Result()
	if err != nil {
		return Server{}, err
	}
	server := readInfo(text)
	if clock, err := client.Time(ctx).Result(); err == nil {
		server.Ahead = clock.Sub(asked)
	}
	// A user who may ask for the former may still not ask for this.
	if save, err := client.ConfigGet(ctx, "save").Result(); err == nil {
		server.Snapshots, server.SnapshotsKnown = save["save"] != "", true
	}
	if s.Setup() == Sentinels {
		if info, err := client.ClientInfo(ctx).Result(); err == nil {
			server.Address = info.LAddr
		}
	}
	return server, nil
}

// readInfo reads the answer to INFO.
func readInfo(text string) Server {
	values := make(map[string]string)
	for line := range strings.Lines(text) {
		if name, value, found := strings.Cut(strings.TrimSpace(line), ":"); found {
			values[name] = value
		}
	}
	server := Server{
		Version: values["redis_version"], Replica: values["role"] == "slave",
		Clustered: values["cluster_enabled"] == "1", EvictionPolicy: values["maxmemory_policy"], AppendOnly: values["aof_enabled"] == "1",
	}
	if server.Replica {
		server.Primary = net.JoinHostPort(values["master_host"], values["master_port"])
	}
	server.SaveFails = values["rdb_last_bgsave_status"] == "err" || values["aof_last_write_status"] == "err" || values["aof_last_bgrewrite_status"] == "err"
	server.UsedMemory, _ = strconv.ParseInt(values["used_memory"], 10, 64)
	server.Replicas, _ = strconv.Atoi(values["connected_slaves"])
	// Without a readable limit there is none to reach.
	server.MaxMemory, _ = strconv.ParseInt(values["maxmemory"], 10, 64)
	return server
}
