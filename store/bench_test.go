package store_test

import (
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
		h := newHouse(b, start(b))
		h.put(b, entries(b, 10_000)...)
		for _, caller := range []string{"+49301005000", "+4930999"} {
			number, to := number(b, caller), number(b, "100")
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

func BenchmarkPolicy(b *testing.B) {
	h := newHouse(b, servers["redis"](b))
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

// BenchmarkPut also tells the memory that an entry takes, index included.
func BenchmarkPut(b *testing.B) {
	h := newHouse(b, servers["redis"](b))
	h.prefix = store.DefaultPrefix
	h.Store = h.open(b, store.Options{})
	all := entries(b, 100_000)
	used := func() int {
		for line := range strings.SplitSeq(h.redis.Info(b.Context(), "memory").Val(), "\r\n") {
			if text, found := strings.CutPrefix(line, "used_memory:"); found {
				n, _ := strconv.Atoi(text)
				return n
			}
		}
		b.Fatal("Redis does not tell its memory")
		return 0
	}
	before := used()
	b.Run("new", func(b *testing.B) {
		for b.Loop() {
			h.redis.FlushDB(b.Context())
			h.put(b, all...)
		}
		b.ReportMetric(float64(used()-before)/float64(len(all)), "B/entry")
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*len(all)), "µs/entry")
	})
	b.Run("same", func(b *testing.B) {
		for b.Loop() {
			h.put(b, all...)
		}
		b.ReportMetric(b.Elapsed().Seconds()*1e6/float64(b.N*len(all)), "µs/entry")
	})
	b.Run("first page", func(b *testing.B) {
		for b.Loop() {
			h.list(b, store.Query{Limit: 50})
		}
	})
	b.Run("search", func(b *testing.B) {
		for b.Loop() {
			h.list(b, store.Query{Search: "012345"})
		}
	})
}
