package store_test

import (
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/store/storetest"
)

func TestMain(m *testing.M) {
	// Each run of the property asks Redis many times; a flag overrules this.
	if err := flag.Set("rapid.checks", "25"); err != nil {
		panic(err)
	}
	// go-redis keeps a clock of its own, for as long as the program runs.
	goleak.VerifyTestMain(sharing{m}, goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startGlobalTimeCache.func1"))
}

// sharing ends what the tests have shared, before anybody looks what is left.
type sharing struct{ *testing.M }

func (m sharing) Run() int {
	code := m.M.Run()
	if err := labtest.StopShared(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}

// servers are the four kinds of Redis; every test of the contract runs on all.
var servers = map[string]func(testing.TB) string{
	"cluster": func(tb testing.TB) string {
		tb.Helper()
		return labtest.SharedRedisCluster(tb).URL()
	},
	"sentinel": func(tb testing.TB) string {
		tb.Helper()
		return labtest.SharedRedisSentinel(tb).URL()
	},
	"redis": func(tb testing.TB) string {
		tb.Helper()
		return labtest.NeedRedis(tb, lab.RedisOptions{}).URL()
	},
	"embedded": storetest.Embedded,
}

// lone are those kinds that are one server, before which a proxy can be.
var lone = map[string]func(testing.TB) string{"redis": servers["redis"], "embedded": servers["embedded"]}

// check runs a property, on the kinds of Redis that are slow less often.
func check(t *testing.T, kind string, property func(*rapid.T)) {
	t.Helper()
	checks := flag.Lookup("rapid.checks").Value
	all := checks.String()
	if n, err := strconv.Atoi(all); err == nil && kind != "redis" {
		if err := checks.Set(strconv.Itoa(max(1, n/3))); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = checks.Set(all) }()
	}
	rapid.Check(t, property)
}

// fixture is a store under test, and the Redis below it.
type fixture struct {
	*store.Store
	url    string
	prefix string
	redis  redis.UniversalClient
}

func newFixture(tb testing.TB, url string) fixture {
	tb.Helper()
	h := fixture{url: url, prefix: "{test-" + rand.Text() + "}:"}
	h.Store = h.open(tb, store.Options{})
	h.redis = dial(tb, url)
	tb.Cleanup(func() { _ = h.redis.Close() })
	return h
}

// dial opens a plain client.
func dial(tb testing.TB, url string) redis.UniversalClient {
	tb.Helper()
	if options, err := redis.ParseURL(url); err == nil {
		return redis.NewClient(options)
	}
	if options, err := redis.ParseFailoverURL(url); err == nil && options.MasterName != "" {
		return redis.NewFailoverClient(options)
	}
	options, err := redis.ParseClusterURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	return redis.NewClusterClient(options)
}

// keys returns the keys in Redis that match the pattern, wherever they lie.
func (h fixture) keys(tb testing.TB, pattern string) []string {
	tb.Helper()
	var mu sync.Mutex
	var keys []string
	each := func(ctx context.Context, server *redis.Client) error {
		some, err := server.Keys(ctx, h.key(pattern)).Result()
		mu.Lock()
		defer mu.Unlock()
		keys = append(keys, some...)
		return err
	}
	var err error
	if cluster, ok := h.redis.(*redis.ClusterClient); ok {
		err = cluster.ForEachMaster(tb.Context(), each)
	} else {
		err = each(tb.Context(), h.redis.(*redis.Client))
	}
	if err != nil {
		tb.Fatal(err)
	}
	slices.Sort(keys)
	return keys
}

// clear removes everything.
func (h fixture) clear(tb testing.TB) {
	tb.Helper()
	_, err := h.redis.Pipelined(tb.Context(), func(pipe redis.Pipeliner) error {
		for _, key := range h.keys(tb, "*") {
			pipe.Del(tb.Context(), key)
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// open opens another store on the same data.
func (h fixture) open(tb testing.TB, options store.Options) *store.Store {
	tb.Helper()
	options.URL, options.Prefix = h.url, h.prefix
	if options.Log == nil {
		options.Log = slog.New(slog.NewTextHandler(tb.Output(), nil))
	}
	opened, err := store.Open(options)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := opened.Close(); err != nil {
			tb.Error(err)
		}
	})
	return opened
}

func (h fixture) key(name string) string { return h.prefix + name }

// put writes entries and returns their effects.
func (h fixture) put(tb testing.TB, entries ...blacklist.Entry) []blacklist.Effect {
	tb.Helper()
	changes, err := h.Put(tb.Context(), entries)
	if err != nil {
		tb.Fatal(err)
	}
	effects := make([]blacklist.Effect, len(changes))
	for i, change := range changes {
		effects[i] = change.Effect
	}
	return effects
}

// end lets an entry come to its end.
func (h fixture) end(tb testing.TB, rule string) {
	tb.Helper()
	for _, set := range []string{"list", "prefixes", "allowed"} {
		bounds := &redis.ZRangeBy{Min: "[" + rule + "\t", Max: "(" + rule + "\n"}
		for _, line := range h.redis.ZRangeByLex(tb.Context(), h.key(set), bounds).Val() {
			parts := strings.Split(line, "\t")
			parts[3] = strconv.FormatInt(time.Now().Unix(), 10)
			h.redis.ZRem(tb.Context(), h.key(set), line)
			h.redis.ZAdd(tb.Context(), h.key(set), redis.Z{Member: strings.Join(parts, "\t")})
			h.redis.ZAdd(tb.Context(), h.key("expires"), redis.Z{Member: rule, Score: float64(time.Now().Unix())})
			if h.redis.HExists(tb.Context(), h.key("ranged"), rule).Val() {
				h.redis.HSet(tb.Context(), h.key("ranged"), rule, strings.Join(parts, "\t"))
			}
		}
	}
}

func (h fixture) remove(tb testing.TB, rules ...string) []blacklist.Entry {
	tb.Helper()
	parsed := make([]blacklist.Rule, len(rules))
	for i, text := range rules {
		parsed[i] = rule(tb, text)
	}
	removed, err := h.Remove(tb.Context(), parsed)
	if err != nil {
		tb.Fatal(err)
	}
	return removed
}

func (h fixture) list(tb testing.TB, query blacklist.Query) []blacklist.Entry {
	tb.Helper()
	entries, err := h.Entries(tb.Context(), query)
	if err != nil {
		tb.Fatal(err)
	}
	return entries
}

// rules returns the texts of the rules that the query finds.
func (h fixture) rules(tb testing.TB, query blacklist.Query) []string {
	tb.Helper()
	texts := []string{}
	for _, entry := range h.list(tb, query) {
		texts = append(texts, entry.Rule.String())
	}
	return texts
}

// lines returns the texts of the rules that have a line in the index.
func (h fixture) lines(tb testing.TB) []string {
	tb.Helper()
	texts := []string{}
	for listing, err := range h.Listings(tb.Context()) {
		if err != nil {
			tb.Fatal(err)
		}
		texts = append(texts, listing.Rule.String())
	}
	return texts
}

// facts returns the entries for a caller, with their hits, which the facts of a call lack.
func (h fixture) facts(tb testing.TB, caller, dialled string) []blacklist.Entry {
	tb.Helper()
	facts, err := h.Facts(tb.Context(), number(tb, caller), number(tb, dialled))
	if err != nil {
		tb.Fatal(err)
	}
	for i, entry := range facts.Entries {
		looked := h.lookup(tb, entry.Rule.String())
		facts.Entries[i].Hits, facts.Entries[i].LastHit = looked.Hits, looked.LastHit
	}
	return facts.Entries
}

// version returns how often the policy has changed.
func (h fixture) version(tb testing.TB) int64 {
	tb.Helper()
	facts, err := h.Facts(tb.Context(), phone.Number{}, phone.Number{})
	if err != nil {
		tb.Fatal(err)
	}
	return counter(tb, facts.PolicyVersion)
}

// counter returns the number with which a version begins.
func counter(tb testing.TB, version string) int64 {
	tb.Helper()
	text, token, _ := strings.Cut(version, "-")
	n, err := strconv.ParseInt(text, 10, 64)
	if version != "" && (err != nil || len(token) < 10) {
		tb.Fatalf("version %q, %v", version, err)
	}
	return n
}

func number(tb testing.TB, canonical string) phone.Number {
	tb.Helper()
	if canonical == "" {
		return phone.Number{}
	}
	parsed, err := phone.ParseNumber(canonical)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func rule(tb testing.TB, text string) blacklist.Rule {
	tb.Helper()
	parsed, err := blacklist.ParseRule(text)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func block(tb testing.TB, text string) blacklist.Entry {
	tb.Helper()
	return blacklist.Entry{Rule: rule(tb, text), Kind: blacklist.Block}
}

func allow(tb testing.TB, text string) blacklist.Entry {
	tb.Helper()
	return blacklist.Entry{Rule: rule(tb, text), Kind: blacklist.Allow}
}

func equal(tb reporter, what string, got, want any) {
	tb.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b phone.Pattern) bool { return a == b }),
		cmp.Comparer(func(a, b phone.Number) bool { return a == b })); diff != "" {
		tb.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// reporter is a test, or a run of a property.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

// fataler is a test, or a run of a property, that can be ended.
type fataler interface {
	reporter
	Context() context.Context
	Fatalf(format string, args ...any)
}

// eventually waits for a condition.
func eventually(tb testing.TB, what string, condition func() bool) {
	tb.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for !condition() {
		if time.Now().After(deadline) {
			tb.Fatalf("%s: not within 10 s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// day is a moment without fractions of a second.
var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
