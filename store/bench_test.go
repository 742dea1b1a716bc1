package store_test

import (
	"flag"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/store"
)

// entries returns a list of so many numbers as an import makes them.
func entries(tb testing.TB, n int) []blacklist.Entry {
	tb.Helper()
	list := make([]blacklist.Entry, n)
	for i := range list {
		list[i] = block(tb, "+4930"+strconv.Itoa(1_000_000+i))
		list[i].Reason, list[i].Source = "reported by 12 people", "import 2026-03"
		list[i].Created = day.Add(time.Duration(i) * time.Millisecond)
	}
	return list
}

func BenchmarkFacts(b *testing.B) {
	for name, start := range servers {
		h := newFixture(b, start(b))
		h.put(b, entries(b, 10_000)...)
		for _, caller := range []string{"+49301005000", "+4930999"} {
			number, to := number(b, caller), number(b, "+493023125012")
			b.Run(name+"/"+map[bool]string{true: "listed", false: "unlisted"}[caller == "+49301005000"], func(b *testing.B) {
				for b.Loop() {
					if _, err := h.Facts(b.Context(), number, to); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// BenchmarkCount counts each call of another caller, as most calls are, or all
// of one.
func BenchmarkCount(b *testing.B) {
	for name, start := range lone {
		h := newFixture(b, start(b))
		for _, callers := range []int{1_000_000, 1} {
			b.Run(name+"/"+strconv.Itoa(callers), func(b *testing.B) {
				for i := 0; b.Loop(); i++ {
					count := counting(b, strconv.Itoa(i), "+4930"+strconv.Itoa(1_000_000+i%callers), 0, "5 in 5m always")
					count.At = day.Add(time.Duration(i) * time.Minute * 2)
					if _, err := h.Count(b.Context(), count); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

func BenchmarkPolicy(b *testing.B) {
	h := newFixture(b, servers["redis"](b))
	var prefixes []blacklist.Entry
	for i := range 1000 {
		prefixes = append(prefixes, block(b, "+4930"+strconv.Itoa(1000+i)+"*"))
	}
	h.put(b, prefixes...)
	for b.Loop() {
		if _, err := h.Policy(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSwap also measures the memory that an entry takes, index included.
func BenchmarkSwap(b *testing.B) {
	h := newFixture(b, servers["redis"](b))
	h.prefix = store.DefaultPrefix
	h.Store = h.open(b, store.Options{})
	edits := additions(entries(b, 100_000))
	mixed := slices.Clone(edits)
	rand.Shuffle(len(mixed), func(i, j int) { mixed[i], mixed[j] = mixed[j], mixed[i] })
	before := usedMemory(b, h)
	for name, edits := range map[string][]blacklist.Edit{"sorted": edits, "mixed": mixed} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				h.clear(b)
				h.redis.ConfigResetStat(b.Context())
				if _, err := h.Swap(b.Context(), edits, nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(usedMemory(b, h)-before)/float64(len(edits)), "B/entry")
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*len(edits)), "µs/entry")
			b.ReportMetric(redisTime(b, h).Seconds()*1e6/float64(len(edits)), "redis-µs/entry")
		})
	}
}

func BenchmarkPut(b *testing.B) {
	h := newFixture(b, servers["redis"](b))
	all := entries(b, 100_000)
	for _, name := range []string{"new", "same"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if name == "new" {
					h.clear(b)
				}
				h.put(b, all...)
			}
			b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*len(all)), "µs/entry")
		})
	}
}

// additions returns the edits that put entries on an empty list.
func additions(entries []blacklist.Entry) []blacklist.Edit {
	edits := make([]blacklist.Edit, len(entries))
	for i := range entries {
		edits[i] = blacklist.Edit{Rule: entries[i].Rule, After: &entries[i]}
	}
	return edits
}

// redisTime is how long Redis has been at commands since its statistics began,
// without those that scripts give.
func redisTime(tb testing.TB, h fixture) time.Duration {
	tb.Helper()
	total := 0
	for line := range strings.SplitSeq(h.redis.Info(tb.Context(), "commandstats").Val(), "\r\n") {
		command, rest, _ := strings.Cut(strings.TrimPrefix(line, "cmdstat_"), ":")
		_, text, found := strings.Cut(rest, "usec=")
		if found && slices.Contains([]string{"evalsha", "get", "hset", "hdel", "hgetall", "pttl"}, command) {
			text, _, _ = strings.Cut(text, ",")
			n, _ := strconv.Atoi(text)
			total += n
		}
	}
	return time.Duration(total) * time.Microsecond
}

// usedMemory is how many bytes Redis takes.
func usedMemory(tb testing.TB, h fixture) int {
	tb.Helper()
	for line := range strings.SplitSeq(h.redis.Info(tb.Context(), "memory").Val(), "\r\n") {
		if text, found := strings.CutPrefix(line, "used_memory:"); found {
			n, _ := strconv.Atoi(text)
			return n
		}
	}
	tb.Fatal("Redis does not say its memory")
	return 0
}

var listed = flag.Int("listed", 100_000, "how many entries the list has that BenchmarkPage reads, such as 1000000")

// BenchmarkPage reads pages of a long list: the first, and one deep inside, in
// each order, and by searches of which some find much, little or nothing.
func BenchmarkPage(b *testing.B) {
	h := newFixture(b, servers["redis"](b))
	all := entries(b, *listed)
	for i := range all {
		if i%100 == 0 {
			all[i].Hits, all[i].LastHit = int64(i%1000), day.Add(time.Duration(i)*time.Second)
		}
		if i%50 == 0 {
			all[i].Expires = time.Now().Add(24*time.Hour + time.Duration(i)*time.Second)
		}
	}
	all[len(all)/2].Reason, all[len(all)/3].Kind = "Ärger mit Müller", blacklist.Allow
	began := time.Now()
	if _, err := h.Swap(b.Context(), additions(all), nil); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d entries in %v, %d bytes each", len(all), time.Since(began).Round(time.Millisecond), usedMemory(b, h)/len(all))
	read := func(name string, query blacklist.Query) {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				h.list(b, query)
			}
			b.ReportMetric(float64(len(h.list(b, query))), "found")
		})
	}
	for _, sort := range blacklist.Sorts() {
		query := blacklist.Query{Sort: sort, Limit: 50}
		read(string(sort)+"/first", query)
		query.Limit = len(all) * 2 / 3
		page, err := h.Page(b.Context(), query)
		if err != nil {
			b.Fatal(err)
		}
		query.Limit, query.After = 50, page.Next
		read(string(sort)+"/deep", query)
		read(string(sort)+"/search", blacklist.Query{Sort: sort, Limit: 50, Search: "12345"})
	}
	for name, query := range map[string]blacklist.Query{
		"common": {Search: "reported"}, "fragment": {Search: "0123456"}, "two spellings": {Search: "03010123", Numbers: []string{"3010123"}},
		"text": {Search: "MÜLLER"}, "nothing": {Search: "nobody"}, "kind": {Kind: blacklist.Allow}, "beginning": {Start: "+49301000"},
	} {
		query.Limit = 50
		read("search/"+name, query)
	}
	b.Run("listings", func(b *testing.B) {
		for b.Loop() {
			n := 0
			for _, err := range h.Listings(b.Context()) {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			b.ReportMetric(float64(n), "lines")
		}
	})
}
