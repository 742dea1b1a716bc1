package store_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// Each damaged key is found, whatever else is damaged, by a user who has no more
// rights than serve needs.
func TestDamages(t *testing.T) {
	const highest = "18446744073709551615-18446744073709551615"
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	s, err := store.Open(store.Options{URL: withUser(t, server, rights(t, "x")...), Prefix: "x"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	for _, test := range []struct{ command, want string }{
		{"", ""},
		{"SET {x}:version 4-abc", ""},
		{"SET {x}:list a", "{x}:list is no zset"},
		{"SADD {x}:settings a", "{x}:settings is no hash"},
		{"SET {x}:audit a", "{x}:audit is no stream"},
		{"RPUSH {x}:calls:page a", "{x}:calls:page is no string"},
		{"HSET {x}:version a b", "{x}:version is no string"},
		{"SET {x}:version seven", `{x}:version holds "seven", which is no version of a policy`},
		{"XADD {x}:calls " + highest + " a b", "{x}:calls takes no further entry: its last ID is the highest that there is"},
	} {
		if _, err := server.Ask(t.Context(), "FLUSHALL"); err != nil {
			t.Fatal(err)
		}
		if test.command != "" {
			if _, err := server.Ask(t.Context(), strings.Fields(test.command)...); err != nil {
				t.Fatal(err)
			}
		}
		damages, err := s.Damages(t.Context())
		if err != nil {
			t.Errorf("%s: %v", test.command, err)
		}
		var got []string
		for _, damage := range damages {
			got = append(got, damage.Key+" "+damage.What)
		}
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: (-want +got):\n%s", test.command, diff)
		}
	}
	if err := server.Kill(); err != nil {
		t.Fatal(err)
	}
	if damages, err := s.Damages(t.Context()); err == nil || len(damages) > 0 {
		t.Errorf("without Redis: %v, %v", damages, err)
	}
}
