package store_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestServerTellsAboutItself(t *testing.T) {
	h := newFixture(t, labtest.NeedRedis(t, lab.RedisOptions{}).URL())
	for _, step := range []struct {
		set  []any
		want store.Server
	}{
		{want: store.Server{EvictionPolicy: "noeviction", SnapshotsKnown: true}},
		{
			set:  []any{"config", "set", "save", "900 1", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru"},
			want: store.Server{EvictionPolicy: "allkeys-lru", MaxMemory: 100 << 20, Snapshots: true, SnapshotsKnown: true},
		},
		{
			set:  []any{"replicaof", "127.0.0.1", "1"},
			want: store.Server{EvictionPolicy: "allkeys-lru", MaxMemory: 100 << 20, Snapshots: true, SnapshotsKnown: true, Replica: true, Primary: "127.0.0.1:1"},
		},
		{
			set:  []any{"acl", "setuser", "default", "-config"},
			want: store.Server{EvictionPolicy: "allkeys-lru", MaxMemory: 100 << 20, Replica: true, Primary: "127.0.0.1:1"},
		},
	} {
		if step.set != nil {
			if err := h.redis.Do(t.Context(), step.set...).Err(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := h.Servers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Version == "" {
			t.Error("no version")
		}
		if got[0].Ahead.Abs() > time.Minute {
			t.Errorf("its clock is %s ahead of its own machine's", got[0].Ahead)
		}
		got[0].Version, got[0].Ahead, got[0].UsedMemory = "", 0, 0
		equal(t, "the server", got, []store.Server{step.want})
	}
}

func TestSeveralServersTellAboutThemselves(t *testing.T) {
	cluster, pair := labtest.SharedRedisCluster(t), labtest.SharedRedisSentinel(t)
	alone := labtest.NeedRedis(t, lab.RedisOptions{})
	for _, test := range []struct {
		url      string
		want     store.Setup
		servers  []*lab.Redis
		followed int
	}{
		{cluster.URL(), store.Cluster, cluster.Nodes()[:3], 1},
		{pair.URL(), store.Sentinels, pair.Servers()[:1], 1},
		{alone.URL(), store.Alone, []*lab.Redis{alone}, 0},
	} {
		h := newFixture(t, test.url)
		equal(t, "setup", h.Setup(), test.want)
		got, err := h.Servers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var addresses, want []string
		for _, server := range got {
			addresses = append(addresses, server.Address)
			equal(t, "replicas of "+server.Address, server.Replicas, test.followed)
			equal(t, "clustered", server.Clustered, test.want == store.Cluster)
			equal(t, "policy of "+server.Address, server.EvictionPolicy, "noeviction")
		}
		for _, server := range test.servers {
			want = append(want, server.Address())
		}
		if test.want == store.Alone {
			want = []string{""} // the URL says it
		}
		slices.Sort(want)
		equal(t, "addresses", addresses, want)
	}
}
