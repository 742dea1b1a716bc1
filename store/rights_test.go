package store_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// rights returns the rules of ACL SETUSER for a prefix.
func rights(tb testing.TB, prefix string) []string {
	tb.Helper()
	rules, err := store.Rights(prefix)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

// withUser makes a user of Redis with the given rights, and returns the URL.
func withUser(tb testing.TB, server *lab.Redis, rules ...string) string {
	tb.Helper()
	words := append([]string{"ACL", "SETUSER", "ringfence", "reset", "on", ">secret"}, rules...)
	if _, err := server.Ask(tb.Context(), words...); err != nil {
		tb.Fatal(err)
	}
	return "redis://ringfence:secret@" + server.Address() + "/0"
}

// A user with the rights that doctor prints can do all that there is to do, and
// lacks none of them.
func TestRightsAreEnough(t *testing.T) {
	for name, prefix := range map[string]string{"default": "", "with glob characters": `{a*[b\?}:`} {
		t.Run(name, func(t *testing.T) {
			server := labtest.NeedRedis(t, lab.RedisOptions{})
			s, err := store.Open(store.Options{URL: withUser(t, server, rights(t, prefix)...), Prefix: prefix})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close() //nolint:errcheck // Nothing is left to be written.
			for range 2 {
				for method, try := range everything(t, s) {
					ctx, cancel := context.WithTimeout(t.Context(), time.Second)
					if err := try(ctx); err != nil && store.ReasonOf(err) == store.NotAllowed && method != "server" {
						t.Errorf("%s: %v", method, err)
					}
					cancel()
				}
			}
			trial, err := s.Try(t.Context())
			if trial.User != "ringfence" || len(trial.Missing) > 0 || trial.Refused != nil || err != nil {
				t.Errorf("%+v, %v", trial, err)
			}
			if keys, err := server.Ask(t.Context(), "KEYS", "*"); err != nil || strings.Contains(keys, "\nringfence") {
				t.Errorf("keys %q, %v", keys, err)
			}
		})
	}
}

// Each right that is taken away is named, and nothing is done to find out.
func TestMissingRights(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	all := rights(t, "")
	for _, right := range all {
		if slices.Contains([]string{"+multi", "+exec", "+discard"}, right) {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(all), func(r string) bool { return r == right })
		s, err := store.Open(store.Options{URL: withUser(t, server, rest...)})
		if err != nil {
			t.Fatal(err)
		}
		if trial, err := s.Try(t.Context()); err != nil || !slices.Equal(trial.Missing, []string{right}) {
			t.Errorf("without %s: %+v, %v", right, trial, err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if keys, err := server.Ask(t.Context(), "DBSIZE"); keys != "0" || err != nil {
		t.Errorf("there are %s keys, %v", keys, err)
	}
	s, err := store.Open(store.Options{URL: withUser(t, server, all[0])})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	if trial, err := s.Try(t.Context()); err != nil || !slices.Equal(trial.Missing, all[1:]) {
		t.Errorf("without any command: %+v, %v", trial, err)
	}
}

// A user who lacks a right changes all of a thing or nothing of it, whether the
// caller is listed before or not.
func TestMissingRightsChangeNothingByHalves(t *testing.T) {
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	admin, err := store.Open(store.Options{URL: "redis://" + server.Address() + "/0"})
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close() //nolint:errcheck // Nothing is left to be written.
	redis := goredis.NewClient(&goredis.Options{Addr: server.Address()})
	defer redis.Close() //nolint:errcheck // Nothing is left to be written.
	contents := func() map[string]string {
		keys := redis.Keys(t.Context(), "*").Val()
		all := make(map[string]string, len(keys))
		for _, key := range keys {
			all[key] = redis.Dump(t.Context(), key).Val()
		}
		return all
	}
	all, refused := rights(t, ""), 0
	for _, right := range all {
		if !slices.Contains([]string{
			"+del", "+hset", "+set", "+xadd", "+zadd", "+zrangebylex",
		}, right) {
			continue
		}
		s, err := store.Open(store.Options{URL: withUser(t, server, slices.DeleteFunc(slices.Clone(all), func(r string) bool { return r == right })...)})
		if err != nil {
			t.Fatal(err)
		}
		for method, try := range everything(t, s) {
			for _, listed := range []bool{true, false} {
				prepare := everything(t, admin)["remove"]
				if listed {
					prepare = everything(t, admin)["put"]
				}
				if err := prepare(t.Context()); err != nil {
					t.Fatal(err)
				}
				before := contents()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				err := try(ctx)
				cancel()
				if err == nil || store.ReasonOf(err) != store.NotAllowed {
					continue
				}
				refused++
				equal(t, method+" without "+right, contents(), before)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// What scripts call is among the rights.
func TestScriptsCallWhatIsPermitted(t *testing.T) {
	files, err := filepath.Glob("*.lua")
	if err != nil || len(files) == 0 {
		t.Fatalf("%q, %v", files, err)
	}
	permitted := rights(t, "")
	call := regexp.MustCompile(`redis\.p?call\(\s*'(\w+)'`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range call.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(permitted, "+"+strings.ToLower(match[1])) {
				t.Errorf("%s calls %s, which is not among the rights", file, match[1])
			}
		}
	}
}
