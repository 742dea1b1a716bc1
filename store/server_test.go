package store_test

import (
	"testing"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestServerTellsAboutItself(t *testing.T) {
	h := newHouse(t, labtest.NeedRedis(t, lab.RedisOptions{}).URL())
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
		got, err := h.Server(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got.Version == "" {
			t.Error("no version is told")
		}
		got.Version = ""
		equal(t, "the server", got, step.want)
	}
}
