package store

import (
	"context"
	"net"
	"strconv"
	"strings"
)

// Server is what a Redis server says of itself. Fields are zero where it
// doesn't tell, as some that only resemble Redis do.
type Server struct {
	Version string
	// Replica says that it takes no changes; Primary is then the host and port
	// of the server that does.
	Replica bool
	Primary string
	// EvictionPolicy is what it forgets when its memory is full, such as
	// "noeviction"; MaxMemory is how much that is in bytes, 0 being no limit.
	EvictionPolicy string
	MaxMemory      int64
	// AppendOnly says that it writes each change to its disk. Snapshots says
	// that it saves all data from time to time; SnapshotsKnown is false where
	// the user of the URL may not ask for that.
	AppendOnly                bool
	Snapshots, SnapshotsKnown bool
}

// Server asks the Redis server about itself, by INFO and CONFIG GET, and
// changes nothing. The user of the URL may lack the permission.
func (s *Store) Server(ctx context.Context) (server Server, err error) {
	defer s.finish(ctx, opServer, s.now(), &err)
	text, err := s.client.Info(ctx).Result()
	if err != nil {
		return Server{}, err
	}
	server = readInfo(text)
	// Who may ask for the former may still not ask for this.
	if save, err := s.client.ConfigGet(ctx, "save").Result(); err == nil {
		server.Snapshots, server.SnapshotsKnown = save["save"] != "", true
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
		EvictionPolicy: values["maxmemory_policy"], AppendOnly: values["aof_enabled"] == "1",
	}
	if server.Replica {
		server.Primary = net.JoinHostPort(values["master_host"], values["master_port"])
	}
	// Without a readable limit there is none to reach.
	server.MaxMemory, _ = strconv.ParseInt(values["maxmemory"], 10, 64)
	return server
}
