package store_test

import (
	"context"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/store"
)

func TestEmbeddedRefuses(t *testing.T) {
	embedded, err := store.ServeEmbedded(t.Context(), "redis://localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	for url, want := range map[string]string{
		"redis://192.0.2.1:6379":                   "this machine only",
		"rediss://127.0.0.1:6379":                  "this machine only",
		"unix:///tmp/redis":                        "this machine only",
		"redis://127.0.0.1:1?addr=127.0.0.1:2":     "this machine only",
		"redis://127.0.0.1:1?master_name=mymaster": "this machine only",
		"nonsense":   "cannot read the Redis URL",
		embedded.URL: "something does already",
	} {
		if _, err := store.ServeEmbedded(t.Context(), url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", url, err, want)
		}
	}
}

func TestEmbeddedAsksForThePassword(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	for _, user := range []string{"", "anna"} {
		embedded, err := store.ServeEmbedded(ctx, "redis://"+user+":"+secret+"@127.0.0.1:0/0")
		if err != nil {
			t.Fatal(err)
		}
		defer embedded.Wait()
		right := fixture{url: embedded.URL, prefix: "x:"}.open(t, store.Options{})
		if err := right.Check(t.Context()); err != nil {
			t.Error(err)
		}
		wrong := fixture{url: strings.Replace(embedded.URL, secret, "guess", 1), prefix: "x:"}.open(t, store.Options{})
		if err := wrong.Check(t.Context()); err == nil || !strings.Contains(err.Error(), "refuses the user name or the password") {
			t.Error("a wrong password gives", err)
		}
	}
	cancel()
}
