package store_test

import (
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/policy"
)

// beside returns a key in the slot of the log.
func (h fixture) beside(name string) string { return h.key("calls:" + name) }

// pages returns the texts of the log's pages in their order.
func (h fixture) pages(tb testing.TB) []string {
	tb.Helper()
	names := h.redis.ZRange(tb.Context(), h.beside("pages"), 0, -1).Val()
	slices.SortFunc(names, func(a, b string) int {
		one, two := strings.Split(a, "-"), strings.Split(b, "-")
		if len(one[0]) != len(two[0]) || one[0] != two[0] {
			return strings.Compare(one[0], two[0])
		}
		first, _ := strconv.Atoi(one[1])
		second, _ := strconv.Atoi(two[1])
		return first - second
	})
	var texts []string
	for _, name := range names {
		text := h.redis.Get(tb.Context(), h.beside("page:"+name)).Val()
		if text == "" {
			tb.Errorf("page %s is empty", name)
		}
		texts = append(texts, text)
	}
	if got := len(h.keys(tb, "calls:page:*")); got != len(names) {
		tb.Errorf("%d pages are named, %d are there", len(names), got)
	}
	return texts
}

// checkPages holds the pages to the stream: the same records in the same order.
func (h fixture) checkPages(tb testing.TB) {
	tb.Helper()
	var lines, ids []string
	for line := range strings.Lines(strings.Join(h.pages(tb), "")) {
		id, _, _ := strings.Cut(line, "\t")
		lines = append(lines, id)
	}
	for _, message := range h.redis.XRange(tb.Context(), h.key("calls"), "-", "+").Val() {
		ids = append(ids, message.ID)
	}
	equal(tb, "the pages", lines, ids)
}

func TestTheLogHasPages(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			record := call(1)
			record.Rule, record.Hours, record.Check = "block +4930* for calls to 100", calllog.Closed, "a\tb\n"
			h.append(t, record)
			page := h.pages(t)[0]
			message := h.redis.XRange(t.Context(), h.key("calls"), "-", "+").Val()[0]
			ms, _, _ := strings.Cut(message.ID, "-")
			written, err := strconv.ParseInt(ms, 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			lag := strconv.FormatInt(written-record.Time.UnixMilli(), 10)
			equal(t, "line", page, message.ID+"\t"+lag+"\t+49301\t100\tpassed\ta\\tb\\n\tclosed\tblock +4930* for calls to 100\n")

			for from := 0; from < 2400; from += 200 {
				h.append(t, calls(from, from+200)...)
			}
			h.checkPages(t)
			pages := h.pages(t)
			if len(pages) < 2 {
				t.Fatalf("%d pages", len(pages))
			}
			for i, page := range pages {
				if len(page) > 65_500 || i < len(pages)-1 && len(page) < 65_400 {
					t.Errorf("page %d has %d bytes", i, len(page))
				}
			}
			equal(t, "found", h.channels(t, calllog.Filter{Caller: "+49301999"}, 0), []int{1999})
			since := calllog.Filter{Check: "default", Since: record.Time}
			equal(t, "since the first", len(h.channels(t, since, 0)), 2400)
			whole, err := h.Calls(t.Context(), calllog.Filter{Rule: "+4930*"}, 0)
			if err != nil || len(whole) != 1 {
				t.Fatal(whole, err)
			}
			record.ID = message.ID
			equal(t, "record", whole[0], record)
			one, err := h.Call(t.Context(), message.ID)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "by its ID", one, record)
			for _, id := range []string{"1-1", "yesterday", ms} {
				if _, err := h.Call(t.Context(), id); !errors.Is(err, calllog.ErrNoCall) {
					t.Errorf("the record %q gives %v", id, err)
				}
			}
		})
	}
}

// A call whose record waited for Redis lies among later ones.
func TestALateCallIsFound(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			late := call(1)
			late.Time = late.Time.Add(-time.Hour)
			h.append(t, call(0))
			h.append(t, late)
			h.append(t, call(2))
			equal(t, "found", h.channels(t, calllog.Filter{Until: time.Now().Add(-time.Minute)}, 0), []int{1})
		})
	}
}

func (h fixture) retain(tb testing.TB, count, age string) {
	tb.Helper()
	if err := h.SetSettings(tb.Context(), func(s *policy.Settings) error {
		return errors.Join(s.Set("log-count", count, ""), s.Set("log-age", age, ""))
	}); err != nil {
		tb.Fatal(err)
	}
}

func (h fixture) sweep(tb testing.TB) {
	tb.Helper()
	if _, err := h.Sweep(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// age makes all records of the log older.
func (h fixture) age(tb testing.TB, by time.Duration) {
	tb.Helper()
	ctx := tb.Context()
	older := func(id string) string {
		ms, seq, _ := strings.Cut(id, "-")
		n, err := strconv.ParseInt(ms, 10, 64)
		if err != nil {
			tb.Fatal(err)
		}
		return strconv.FormatInt(n-by.Milliseconds(), 10) + "-" + seq
	}
	messages := h.redis.XRange(ctx, h.key("calls"), "-", "+").Val()
	pages := h.redis.ZRangeWithScores(ctx, h.key("calls:pages"), 0, -1).Val()
	texts := make([]string, len(pages))
	for i, page := range pages {
		texts[i] = h.redis.Get(ctx, h.key("calls:page:"+page.Member.(string))).Val()
	}
	growing := h.redis.Get(ctx, h.key("calls:page")).Val()
	gone := append(h.keys(tb, "calls:page:*"), h.key("calls"), h.key("calls:pages"))
	if _, err := h.redis.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, key := range gone {
			pipe.Del(ctx, key)
		}
		for _, message := range messages {
			pipe.XAdd(ctx, &redis.XAddArgs{Stream: h.key("calls"), ID: older(message.ID), Values: message.Values})
		}
		for i, page := range pages {
			name := older(page.Member.(string))
			pipe.ZAdd(ctx, h.key("calls:pages"), redis.Z{Score: page.Score - float64(by.Milliseconds()), Member: name})
			var text strings.Builder
			for line := range strings.Lines(texts[i]) {
				id, rest, _ := strings.Cut(line, "\t")
				text.WriteString(older(id) + "\t" + rest)
			}
			pipe.Set(ctx, h.key("calls:page:"+name), text.String(), 0)
		}
		if growing != "" {
			pipe.Set(ctx, h.key("calls:page"), older(growing), 0)
		}
		return nil
	}); err != nil {
		tb.Fatal(err)
	}
}

func TestTheLogIsTrimmed(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			fill := func(n int) {
				for from := 0; from < n; from += 200 {
					h.append(t, calls(from, from+200)...)
				}
			}
			fill(3000)
			h.retain(t, "2000", "0")
			h.age(t, 10*365*24*time.Hour)
			h.sweep(t)
			equal(t, "by count", h.channels(t, calllog.Filter{}, 0), down(1000, 3000))
			equal(t, "by count, in the pages", h.channels(t, calllog.Filter{Check: "default"}, 0), down(1000, 3000))
			h.checkPages(t)

			h.age(t, -10*365*24*time.Hour)
			fill(200)
			h.retain(t, "1000", "1d")
			h.sweep(t)
			equal(t, "records", len(h.channels(t, calllog.Filter{}, 0)), 1000)
			h.checkPages(t)
			h.age(t, 25*time.Hour)
			h.sweep(t)
			equal(t, "by age", h.channels(t, calllog.Filter{}, 0), []int{})
			equal(t, "by age, in the pages", h.channels(t, calllog.Filter{Check: "default"}, 0), []int{})
			equal(t, "what is left", len(h.keys(t, "calls:page*")), 0)
			fill(200)
			h.checkPages(t)
			equal(t, "and on", h.channels(t, calllog.Filter{Check: "default"}, 0), down(0, 200))
		})
	}
}

// The lines of a record that has gone must not be counted, though they stay
// until the next sweep.
func TestALineWithoutARecordIsNotSeen(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.append(t, calls(0, 10)...)
			h.redis.XTrimMaxLen(t.Context(), h.key("calls"), 4)
			equal(t, "records", h.channels(t, calllog.Filter{Check: "default"}, 0), down(6, 10))
			equal(t, "summaries", len(h.summaries(t, calllog.Filter{})), 4)
			h.redis.Del(t.Context(), h.key("calls"))
			equal(t, "of none", len(h.summaries(t, calllog.Filter{})), 0)
			h.append(t, calls(10, 11)...)
			h.sweep(t)
			h.checkPages(t)
		})
	}
}

func (h fixture) summaries(tb fataler, filter calllog.Filter) []calllog.Record {
	tb.Helper()
	return yielded(tb, h.Summaries(tb.Context(), filter))
}

// yielded returns what records are yielded.
func yielded(tb fataler, records iter.Seq2[calllog.Record, error]) []calllog.Record {
	tb.Helper()
	var found []calllog.Record
	for record, err := range records {
		if err != nil {
			tb.Fatalf("summaries: %v", err)
		}
		found = append(found, record)
	}
	return found
}

// TestSearchFindsWhatAFilterChooses holds the search by pages to the plain
// filter over all records, for histories that grow, are trimmed, lose pages and
// hold calls that were written late.
func TestSearchFindsWhatAFilterChooses(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			check(t, name, func(r *rapid.T) {
				h.clear(t)
				searchProperty(r, h)
			})
		})
	}
}

func searchProperty(t *rapid.T, h fixture) {
	now := time.Now().UTC().Truncate(time.Millisecond)
	for range rapid.IntRange(1, 6).Draw(t, "steps") {
		switch rapid.IntRange(0, 4).Draw(t, "step") {
		case 0:
			h.redis.XTrimMaxLen(t.Context(), h.key("calls"), rapid.Int64Range(0, 2000).Draw(t, "kept"))
		case 1:
			if _, err := h.Sweep(t.Context()); err != nil {
				t.Fatal(err)
			}
		default:
			appendSome(t, h, now)
		}
	}
	all := plainSearch(t, h)
	for range 5 {
		filter := anyFilter(t, now)
		var want []string
		for _, record := range all {
			if filter.Matches(record) {
				want = append(want, record.ID)
			}
		}
		limit := rapid.SampledFrom([]int{0, 1, 20}).Draw(t, "limit")
		records, err := h.Calls(t.Context(), filter, limit)
		if err != nil {
			t.Fatal(err)
		}
		first := want
		if limit > 0 {
			first = want[:min(limit, len(want))]
		}
		equal(t, "records", identifiers(records), first)
		count, err := h.CountCalls(t.Context(), filter)
		if err != nil || count != int64(len(want)) {
			t.Fatalf("%d calls are counted of %d, %v", count, len(want), err)
		}
		if len(want) > 0 {
			at := rapid.IntRange(0, len(want)-1).Draw(t, "at")
			filter.Before = want[at]
			rest, err := h.Calls(t.Context(), filter, 0)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "records before one", identifiers(rest), append([]string(nil), want[at+1:]...))
			filter.Before = ""
		}
		found := h.summaries(t, filter)
		equal(t, "summaries", identifiers(found), want)
		slices.Reverse(want)
		equal(t, "history", identifiers(yielded(t, h.History(t.Context(), filter))), want)
		for _, record := range found {
			whole, err := h.Call(t.Context(), record.ID)
			if err != nil {
				t.Fatal(err)
			}
			whole.Action, whole.Channel, whole.Took = "", "", 0
			equal(t, "summary", record, whole)
			break
		}
	}
}

// plainSearch reads all records of the stream, the last written first.
func plainSearch(t *rapid.T, h fixture) []calllog.Record {
	var all []calllog.Record
	records, err := h.Calls(t.Context(), calllog.Filter{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	messages := h.redis.XRevRange(t.Context(), h.key("calls"), "+", "-").Val()
	if len(messages) != len(records) {
		t.Fatalf("%d records of %d", len(records), len(messages))
	}
	return append(all, records...)
}

func identifiers(records []calllog.Record) []string {
	var ids []string
	for _, record := range records {
		ids = append(ids, record.ID)
	}
	return ids
}

var (
	someCallers = []string{"+4930123", "+49301234", "+4420", "100", "withheld", "unreadable", "", "a\tb\\"}
	someDialled = []string{"+49308888", "100", ""}
	someChecks  = []string{"list", "prefix", "default", "repeat"}
	someRules   = []string{"", "block +4930*", "allow +4930123", "block +4930* for calls to 100", "block +4930123 for calls to +49308888"}
)

func appendSome(t *rapid.T, h fixture, now time.Time) {
	n := rapid.SampledFrom([]int{1, 3, 200}).Draw(t, "records")
	for range rapid.SampledFrom([]int{1, 1, 6}).Draw(t, "batches") {
		var records []calllog.Record
		first := rapid.IntRange(0, 1<<20).Draw(t, "first")
		for i := range n {
			// One number makes them all: drawing each would take most of the time.
			x := (first + i) * 2654435761 >> 7
			pick := func(from []string) string {
				x = x*31 + 7
				return from[x&0xffff%len(from)]
			}
			late := time.Duration(x>>3%5) * 30 * time.Minute
			records = append(records, calllog.Record{
				Time: now.Add(-late), Caller: pick(someCallers), Dialled: pick(someDialled),
				Verdict: calllog.Verdict(pick([]string{"passed", "refused", "observed", "abandoned"})),
				Check:   pick(someChecks), Rule: pick(someRules), Hours: calllog.Hours(pick([]string{"", "open", "closed"})),
				Action: "continue", Channel: "1", Took: 1,
			})
		}
		if err := h.AppendCalls(t.Context(), calllog.Batch{Records: records}); err != nil {
			t.Fatal(err)
		}
	}
}

func anyFilter(t *rapid.T, now time.Time) calllog.Filter {
	maybe := func(name string, from ...string) string {
		return rapid.SampledFrom(append(slices.Repeat([]string{""}, 2*len(from)), from...)).Draw(t, name)
	}
	filter := calllog.Filter{
		Caller: maybe("caller", "+4930123", "+4930*", "+49301234*", "100", "withheld", "+1*"), Dialled: maybe("dialled", append(someDialled, "1*", "+4930*")...),
		Verdict: calllog.Verdict(maybe("verdict", "passed", "refused", "observed")), Check: maybe("check", someChecks...),
		Rule:  maybe("rule", "+4930*", "+4930123", "+4420*"),
		Hours: calllog.Hours(maybe("hours", "open", "closed")),
	}
	moment := rapid.Map(rapid.IntRange(-5, 1), func(n int) time.Time { return now.Add(time.Duration(n) * 30 * time.Minute) })
	if rapid.Bool().Draw(t, "bounded") {
		filter.Since = moment.Draw(t, "since")
	}
	if rapid.Bool().Draw(t, "ended") {
		filter.Until = moment.Draw(t, "until")
	}
	return filter
}

// Damage by hand costs no more than the lines that it hits.
func TestADamagedPageIsReadAsFarAsItGoes(t *testing.T) {
	h := newFixture(t, servers["redis"](t))
	h.append(t, calls(0, 3)...)
	name := h.redis.ZRange(t.Context(), h.beside("pages"), 0, -1).Val()[0]
	page := h.pages(t)[0]
	h.redis.Set(t.Context(), h.beside("page:"+name), "nonsense\n\n1-1\tx\t\t\t\t\t\t\n"+page+"half a li", 0)
	h.redis.ZAdd(t.Context(), h.beside("pages"), redis.Z{Member: "nonsense"}, redis.Z{Member: "1-1"})
	equal(t, "found", h.channels(t, calllog.Filter{Check: "default"}, 0), down(0, 3))
	// The half line takes the next one with it.
	h.append(t, calls(3, 5)...)
	equal(t, "and on", h.channels(t, calllog.Filter{Caller: "+4930*"}, 0), []int{4, 2, 1, 0})
}
