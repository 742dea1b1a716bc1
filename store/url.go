package store

import (
	"errors"
	neturl "net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// target is what a URL leads to: one server, a cluster, or the primary that
// sentinels watch over. One of the three is set.
type target struct {
	server   *redis.Options
	cluster  *redis.ClusterOptions
	sentinel *redis.FailoverOptions
}

// The errors about a URL never quote it, nor what a parser says of it: either
// may show a password.
var (
	errURL = errors.New("cannot read the Redis URL: write redis://USER:PASSWORD@HOST:PORT/DB, rediss:// for TLS or " +
		"unix:///path/to/socket; redis://HOST:PORT?addr=HOST2:PORT for a cluster, " +
		"redis://HOST:26379/DB?master_name=NAME&addr=HOST2:26379 for sentinels; " +
		"special characters of a password are written as %XX")
	errReplicas = errors.New("the Redis URL asks for reading from replicas, which may be behind: leave " +
		"read_only, replica_only, route_by_latency and route_randomly out")
	errDatabase = errors.New("the Redis URL names a database: a cluster has none but 0")
)

// readURL reads a URL by the rules of go-redis: `addr` names further nodes of
// a cluster, `master_name` the primary that the sentinels at the host and at
// each `addr` know. Connections is the size of the pool for each server.
func readURL(text string, connections int) (target, error) {
	parsed, err := neturl.Parse(text)
	if err != nil {
		return target{}, errURL
	}
	query := parsed.Query()
	// A password whose special characters are not written as %XX ends up in what
	// address shows.
	misplaced := func(address string) bool { return strings.Contains(address, "@") }
	if parsed.Fragment != "" || slices.ContainsFunc(query["addr"], misplaced) {
		return target{}, errURL
	}
	for name, value := range bounds {
		query.Set(name, value)
	}
	query.Set("pool_size", strconv.Itoa(connections))
	parsed.RawQuery = query.Encode()
	text = parsed.String()
	switch {
	case query.Has("master_name"):
		options, err := redis.ParseFailoverURL(text)
		if err != nil || options.MasterName == "" {
			return target{}, errURL
		}
		if options.ReplicaOnly || options.RouteByLatency || options.RouteRandomly {
			return target{}, errReplicas
		}
		return target{sentinel: options}, nil
	case query.Has("addr"):
		options, err := redis.ParseClusterURL(text)
		if err != nil {
			return target{}, errURL
		}
		if options.ReadOnly || options.RouteByLatency || options.RouteRandomly {
			return target{}, errReplicas
		}
		if database := strings.Trim(parsed.Path, "/"); database != "" && database != "0" {
			return target{}, errDatabase
		}
		return target{cluster: options}, nil
	}
	options, err := redis.ParseURL(text)
	if err != nil {
		return target{}, errURL
	}
	return target{server: options}, nil
}

// address says where the target is, and shows no secret.
func (t target) address() string {
	switch {
	case t.sentinel != nil:
		return t.sentinel.MasterName + " (sentinels " + strings.Join(t.sentinel.SentinelAddrs, ", ") + ")"
	case t.cluster != nil:
		return strings.Join(t.cluster.Addrs, ", ")
	}
	return t.server.Addr
}
