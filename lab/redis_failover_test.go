package lab_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab/labtest"
)

// Ensure that a cluster serves all keys, and continues with a replica when a
// primary dies.
func TestRedisCluster(t *testing.T) {
	began := time.Now()
	cluster := labtest.NeedRedisCluster(t)
	t.Logf("started in %s", time.Since(began))
	first, err := cluster.Primary(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	if other, err := cluster.Primary(t.Context(), "b"); err != nil || other == first {
		t.Errorf("one node serves a and b, %v", err)
	}
	if answer, err := first.Ask(t.Context(), "SET", "a", "1"); answer != "OK" {
		t.Fatalf("SET: %q, %v", answer, err)
	}
	if err := first.WaitReplicas(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := first.Kill(); err != nil {
		t.Fatal(err)
	}
	killed := time.Now()
	if err := cluster.WaitFailover(t.Context(), first, "a"); err != nil {
		t.Fatal(err)
	}
	t.Logf("failover in %s", time.Since(killed))
	second, err := cluster.Primary(t.Context(), "a")
	if err != nil || second == first {
		t.Fatalf("the primary is %v, %v", second, err)
	}
	if answer, err := second.Ask(t.Context(), "GET", "a"); answer != "1" {
		t.Errorf("GET: %q, %v", answer, err)
	}
	if !strings.Contains(cluster.URL(), "?addr="+cluster.Nodes()[1].Address()+"&addr=") {
		t.Errorf("its URL is %s", cluster.URL())
	}
}

// Ensure that sentinels make the replica the primary when that one hangs.
func TestRedisSentinel(t *testing.T) {
	began := time.Now()
	pair := labtest.NeedRedisSentinel(t)
	t.Logf("started in %s", time.Since(began))
	first, err := pair.Primary(t.Context())
	if err != nil || first != pair.Servers()[0] {
		t.Fatalf("the primary is %v, %v", first, err)
	}
	if err := first.Pause(); err != nil {
		t.Fatal(err)
	}
	paused := time.Now()
	if err := pair.WaitFailover(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	t.Logf("failover in %s", time.Since(paused))
	second, err := pair.Primary(t.Context())
	if err != nil || second != pair.Servers()[1] {
		t.Fatalf("the primary is %v, %v", second, err)
	}
	if answer, err := second.Ask(t.Context(), "SET", "a", "1"); answer != "OK" {
		t.Errorf("SET: %q, %v", answer, err)
	}
}
