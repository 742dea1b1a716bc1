package store_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/retry"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/store"
)

const secret = "hunter2"

func TestNothingListens(t *testing.T) {
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	s := fixture{url: "redis://anna:" + secret + "@" + address, prefix: "x:"}.open(t, store.Options{})
	for name, do := range everything(t, s) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		began := time.Now()
		err := do(ctx)
		cancel()
		if !errors.Is(err, retry.ErrUnreachable) || !strings.Contains(err.Error(), address) || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", name, err)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("%s: took %v to notice", name, took)
		}
	}
}

func TestARedisThatHangsDelaysNoCall(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	h := newFixture(t, redis.URL())
	for _, warm := range []bool{true, false} {
		if warm {
			h.facts(t, "100", "")
		} else {
			h.Store = h.open(t, store.Options{})
		}
		if err := redis.Pause(); err != nil {
			t.Fatal(err)
		}
		for name, do := range everything(t, h.Store) {
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			began := time.Now()
			err := do(ctx)
			took := time.Since(began)
			cancel()
			if name == "follow" && err == nil {
				continue
			}
			if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, retry.ErrUnreachable) {
				t.Errorf("%s: error %v, want the missed deadline of an unreachable store", name, err)
			}
			if took > 2*time.Second {
				t.Errorf("%s: held for %v, its deadline was 100 ms", name, took)
			}
		}
		if err := redis.Resume(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "recovery", func() bool { return h.Check(t.Context()) == nil })
	}
}

func TestManyCallersDoNotQueueBehindAHangingRedis(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	h := newFixture(t, redis.URL())
	if err := redis.Pause(); err != nil {
		t.Fatal(err)
	}
	const callers = 200
	ended := make(chan error, callers)
	began := time.Now()
	for range callers {
		go func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			_, err := h.Facts(ctx, phone.Number{}, phone.Number{})
			ended <- err
		}()
	}
	for range callers {
		if err := <-ended; !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want %v", err, context.DeadlineExceeded)
		}
	}
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("the last caller was held for %v, its deadline was 300 ms", took)
	}
	if err := redis.Resume(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "recovery", func() bool { return h.Check(t.Context()) == nil })
}

func TestAnAnswerAfterThreeSecondsIsNone(t *testing.T) {
	for name, start := range lone {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			proxy := labtest.NewProxy(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "redis://"), "/0"))
			h.url = "redis://" + proxy.Address()
			h.Store = h.open(t, store.Options{})
			h.facts(t, "100", "")
			proxy.Delay(lab.ToClient, 3*time.Second)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			began := time.Now()
			_, err := h.Facts(ctx, number(t, "100"), phone.Number{})
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > 2*time.Second {
				t.Errorf("after %v: %v", time.Since(began), err)
			}
		})
	}
}

func TestARedisThatComesBackIsUsedAtOnce(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{Keep: true})
	h := newFixture(t, redis.URL())
	h.put(t, block(t, "100"))
	if err := redis.Halt(); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if _, err := h.Facts(t.Context(), number(t, "100"), phone.Number{}); !errors.Is(err, retry.ErrUnreachable) {
			t.Fatal(err)
		}
	}
	if err := redis.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "recovery", func() bool {
		facts, err := h.Facts(t.Context(), number(t, "100"), phone.Number{})
		return err == nil && len(facts.Entries) == 1
	})
	// The scripts have gone with the server, and come back.
	equal(t, "put", h.put(t, block(t, "100"), block(t, "101")), []blacklist.Effect{blacklist.Unchanged, blacklist.Added})
}

func TestACallerWhoHangsUpIsNoFault(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := h.Facts(ctx, number(t, "100"), phone.Number{})
			if !errors.Is(err, context.Canceled) || errors.Is(err, retry.ErrUnreachable) {
				t.Errorf("error %v, want %v alone", err, context.Canceled)
			}
		})
	}
}

func TestRefusalsOfRedisAreExplained(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	h := newFixture(t, redis.URL())
	if err := h.redis.ConfigSet(t.Context(), "requirepass", "other").Err(); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct{ user, want string }{
		"no password":    {"", "asks for a password: write it into the URL"},
		"wrong password": {":" + secret + "@", "refuses the user name or the password"},
		"wrong user":     {"anna:" + secret + "@", "refuses the user name or the password"},
	} {
		s := fixture{url: "redis://" + test.user + redis.Address(), prefix: "x:"}.open(t, store.Options{})
		for method, do := range everything(t, s) {
			err := do(t.Context())
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), secret) ||
				!strings.Contains(err.Error(), redis.Address()) || errors.Is(err, retry.ErrUnreachable) {
				t.Errorf("%s, %s: error %v, want %q", name, method, err, test.want)
			}
		}
	}
}

func TestForeignKeysAreTold(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			for _, key := range []string{
				"list", "created", "expires", "prefixes", "allowed", "ranged", "calls", "calls:pages", "hits", "last-hit", "settings", "lease:import", "feeds", "feed:ftc",
				"batches", "batch:x", "batch:x:journal",
				"rate:+4930123457:always", "events", "events:cursor:webhook",
				"hours", "calendars", "calendar:file:///x.ics",
			} {
				h.redis.RPush(t.Context(), h.key(key), "something else")
			}
			for name, do := range everything(t, h.Store) {
				// What calls need has other ways to tell: see TestOneDamagedKeyCostsItselfOnly.
				if slices.Contains([]string{"check", "writable", "server", "try", "facts", "count", "counted", "policy"}, name) {
					continue
				}
				want := "holds something else under a key of ours"
				if name == "damage" {
					want = h.key("list") + " holds a list rather than a sorted set"
				}
				if err := do(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: error %v, want %q", name, err, want)
				}
			}
			for name, ask := range map[string]func() (screen.Facts, error){
				"facts": func() (screen.Facts, error) { return h.Facts(t.Context(), number(t, "100"), phone.Number{}) },
				"count": func() (screen.Facts, error) {
					return h.Count(t.Context(), counting(t, "1", "100", 0, "2 in 5m always"))
				},
			} {
				if facts, err := ask(); err != nil || !strings.Contains(facts.Missing, h.key("list")+" in Redis is damaged") {
					t.Errorf("%s: %+v, %v", name, facts, err)
				}
			}
		})
	}
}

func TestSchema(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			if err := h.Check(t.Context()); err != nil {
				t.Error("an empty Redis gives", err)
			}
			equal(t, "keys written by a look", h.redis.Exists(t.Context(), h.key("schema")).Val(), int64(0))
			for range 2 {
				if err := errors.Join(h.CheckWritable(t.Context()), h.Check(t.Context())); err != nil {
					t.Fatal(err)
				}
				equal(t, "schema", h.redis.Get(t.Context(), h.key("schema")).Val(), "1")
			}
			h.redis.Set(t.Context(), h.key("schema"), "4", 0)
			for _, check := range []func(context.Context) error{h.Check, h.CheckWritable} {
				err := check(t.Context())
				if !errors.Is(err, store.ErrNewerSchema) || !strings.Contains(err.Error(), "says version 4, this program reads version 1") {
					t.Error("a newer schema gives", err)
				}
			}
			equal(t, "untouched", h.redis.Get(t.Context(), h.key("schema")).Val(), "4")
			h.redis.Set(t.Context(), h.key("schema"), "banana", 0)
			if err := h.Check(t.Context()); err == nil || errors.Is(err, store.ErrNewerSchema) {
				t.Error("no schema gives", err)
			}
		})
	}
}

// The first to write says of which version the data are, and writes nothing
// into newer ones.
func TestWritersClaimTheData(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			url := start(t)
			for _, write := range []string{"put", "remove", "set", "append", "lease", "put feed", "feed state", "remove feed"} {
				h := newFixture(t, url)
				if err := everything(t, h.Store)[write](t.Context()); err != nil {
					t.Errorf("%s: %v", write, err)
				}
				// What changes nothing writes nothing.
				if keys := len(h.keys(t, "*")); keys > 0 {
					equal(t, "schema after "+write, h.redis.Get(t.Context(), h.key("schema")).Val(), "1")
				}

				newer := newFixture(t, url)
				newer.redis.Set(t.Context(), newer.key("schema"), "4", 0)
				if err := everything(t, newer.Store)[write](t.Context()); !errors.Is(err, store.ErrNewerSchema) {
					t.Errorf("%s: a newer schema gives %v", write, err)
				}
				equal(t, "keys after "+write, newer.keys(t, "*"), []string{newer.key("schema")})
			}
		})
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, options := range map[string]store.Options{
		"no URL":       {},
		"http":         {URL: "http://anna:" + secret + "@127.0.0.1"},
		"slash":        {URL: "redis://anna:" + secret + "/x@127.0.0.1:6379"},
		"bad escape":   {URL: "redis://anna:%zz" + secret + "@127.0.0.1:6379"},
		"bad database": {URL: "redis://anna:" + secret + "@127.0.0.1:6379/" + secret},
		"bad option":   {URL: "redis://anna:" + secret + "@127.0.0.1:6379/0?" + secret + "=1"},
		"braces":       {URL: "redis://127.0.0.1", Prefix: "{x}:{y}"},
	} {
		_, err := store.Open(options)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestMetrics(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			registry := prometheus.NewPedanticRegistry()
			h.Store = h.open(t, store.Options{Registerer: registry})
			h.put(t, block(t, "+4930123456"), block(t, "100"), block(t, "+4420*"))
			if _, err := h.Facts(t.Context(), number(t, "100"), phone.Number{}); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, _ = h.Facts(ctx, number(t, "100"), phone.Number{})
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, family := range families {
				for _, metric := range family.GetMetric() {
					name := []string{family.GetName()}
					for _, label := range metric.GetLabel() {
						name = append(name, label.GetValue())
					}
					got[strings.Join(name, " ")] = metric.GetGauge().GetValue() + float64(metric.GetHistogram().GetSampleCount())
				}
			}
			equal(t, "metrics", got, map[string]float64{
				"ringfence_store_duration_seconds put ok":         1,
				"ringfence_store_duration_seconds facts ok":       1,
				"ringfence_store_duration_seconds facts canceled": 1,
			})
			size, err := h.Size(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "size", size, store.Size{Numbers: 2, Prefixes: 1})
			if _, err := store.Open(store.Options{URL: h.url, Registerer: registry}); err == nil {
				t.Error("two stores share their metrics")
			}
		})
	}
}
