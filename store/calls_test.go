package store_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/retry"
	"github.com/ringfence/ringfence/store"
)

func call(n int) calllog.Record {
	return calllog.Record{
		Time: time.Now().UTC().Truncate(time.Millisecond), Caller: "+4930" + strconv.Itoa(n), Dialled: "100",
		Verdict: calllog.Passed, Check: "default", Action: "continue", Channel: "1700000000." + strconv.Itoa(n),
		Took: 1234567,
	}
}

func calls(from, to int) []calllog.Record {
	var records []calllog.Record
	for n := from; n < to; n++ {
		records = append(records, call(n))
	}
	return records
}

func (h fixture) append(tb testing.TB, records ...calllog.Record) {
	tb.Helper()
	if err := h.AppendCalls(tb.Context(), calllog.Batch{Records: records}); err != nil {
		tb.Fatal(err)
	}
}

// channels returns the numbers of the calls in the log, the last written first.
func (h fixture) channels(tb testing.TB, filter calllog.Filter, limit int) []int {
	tb.Helper()
	records, err := h.Calls(tb.Context(), filter, limit)
	if err != nil {
		tb.Fatal(err)
	}
	numbers := []int{}
	for _, record := range records {
		n, err := strconv.Atoi(strings.TrimPrefix(record.Channel, "1700000000."))
		if err != nil {
			tb.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}

func down(from, to int) []int {
	numbers := []int{}
	for n := to - 1; n >= from; n-- {
		numbers = append(numbers, n)
	}
	return numbers
}

func TestARecordIsKeptFieldForField(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			record := calllog.Record{
				Time: day.Add(123 * time.Millisecond), Caller: "withheld", Dialled: "+49308888", Verdict: calllog.Refused,
				Check: "list", Rule: "block +4930123456", Action: "busy", Text: calllog.BlockedText,
				Channel: "1700000000.1", LinkedID: "1700000000.0", SIPCallID: "a\"b\r\n\x00\xff", Took: 1234567,
				Degraded: "Redis is not available", Instance: "pbx1", HitRule: "+4930123456", Hours: calllog.Closed,
				Checks: []calllog.Check{
					{Name: "list", Outcome: "refuse", Reason: "block of a withheld number", Decided: true},
					{Name: "prefix", Outcome: "no match", Reason: "no prefix on the list covers the number"},
				},
				Events: []calllog.Event{{Name: "entered"}, {Name: calllog.BlockedText, After: 1234 * time.Microsecond}},
			}
			h.append(t, record, calllog.Record{Time: day})
			got, err := h.Calls(t.Context(), calllog.Filter{}, 0)
			if err != nil || len(got) != 2 {
				t.Fatal(got, err)
			}
			for i := range got {
				if got[i].ID == "" {
					t.Error("a record has no ID")
				}
				got[i].ID = ""
			}
			record.HitRule = ""
			equal(t, "records", got, []calllog.Record{{Time: day}, record})
			message := h.redis.XRange(t.Context(), h.key("calls"), "-", "+").Val()[0]
			equal(t, "time", message.Values["time"], any("2026-03-01T12:00:00.123Z"))
			equal(t, "checks", message.Values["checks"], any("*list refuse: block of a withheld number|prefix no match"))
			equal(t, "events", message.Values["events"], any("0 entered|1234 Hungup call by blacklist"))
			for _, value := range message.Values {
				if value == record.HitRule || value == "+4930123456" {
					t.Error("the log gives a withheld number away")
				}
			}
		})
	}
}

func TestCallsAreFiltered(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.append(t)
			records := calls(0, 1100)
			records[7].Verdict = calllog.Refused
			records[8].Dialled = "200"
			// Written now, but its call was long ago: it waited for Redis.
			records[9].Time = records[9].Time.Add(-time.Hour)
			h.append(t, records...)
			since := time.Now().Add(-time.Minute)
			for name, test := range map[string]struct {
				filter calllog.Filter
				limit  int
				want   []int
			}{
				"all":     {calllog.Filter{}, 0, down(0, 1100)},
				"last":    {calllog.Filter{}, 3, down(1097, 1100)},
				"verdict": {calllog.Filter{Verdict: calllog.Refused}, 1, []int{7}},
				"dialled": {calllog.Filter{Dialled: "200"}, 0, []int{8}},
				"range":   {calllog.Filter{Dialled: "2*"}, 0, []int{8}},
				"caller":  {calllog.Filter{Caller: "+4930109"}, 0, []int{109}},
				"prefix":  {calllog.Filter{Caller: "+4930109*"}, 2, []int{1099, 1098}},
				"check":   {calllog.Filter{Check: "default", Dialled: "200"}, 0, []int{8}},
				"none":    {calllog.Filter{Check: "list"}, 0, []int{}},
				"until":   {calllog.Filter{Until: since}, 0, []int{9}},
				"since":   {calllog.Filter{Since: since, Verdict: calllog.Refused}, 0, []int{7}},
			} {
				equal(t, name, h.channels(t, test.filter, test.limit), test.want)
			}
			equal(t, "since", len(h.channels(t, calllog.Filter{Since: since}, 0)), 1099)
		})
	}
}

func TestARepeatedBatchIsWrittenOnce(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.put(t, block(t, "+4930001"))
			send := func(writer string, number int64, from, to int) {
				t.Helper()
				batch := calllog.Batch{Writer: writer, Number: number, Records: calls(from, to)}
				for i := range batch.Records {
					batch.Records[i].HitRule = "+4930001"
				}
				if err := h.AppendCalls(t.Context(), batch); err != nil {
					t.Fatal(err)
				}
			}
			for range 3 {
				send("a", 1, 0, 10)
				send("b", 1, 10, 20)
			}
			send("a", 2, 20, 21)
			send("a", 1, 0, 10) // late
			send("a", 9, 21, 22)
			equal(t, "log", h.channels(t, calllog.Filter{}, 0), down(0, 22))
			equal(t, "hits", h.facts(t, "+4930001", "")[0].Hits, int64(22))
			keys := h.keys(t, "writer:*")
			equal(t, "writers", keys, []string{h.key("writer:a"), h.key("writer:b")})
			if live := h.redis.TTL(t.Context(), keys[0]).Val(); live <= 0 {
				t.Error("a number never expires")
			}
		})
	}
}

// The line to Redis may break, and what hangs in it may come late: each record
// is written once, in order, and counted once.
func TestRecordsOutliveABrokenLine(t *testing.T) {
	for name, way := range map[string]lab.Direction{"questions": lab.ToServer, "answers": lab.ToClient} {
		t.Run(name+" late", func(t *testing.T) {
			for name, start := range lone {
				t.Run(name, func(t *testing.T) {
					h := newFixture(t, start(t))
					h.put(t, block(t, "+4930001"))
					proxy := labtest.NewProxy(t, strings.TrimSuffix(strings.TrimPrefix(h.url, "redis://"), "/0"))
					far := fixture{url: "redis://" + proxy.Address(), prefix: h.prefix}
					far.Store = far.open(t, store.Options{})
					far.append(t, call(0))
					total := 1
					for number := range int64(5) {
						batch := calllog.Batch{Writer: "a", Number: number + 1, Records: calls(total, total+200)}
						batch.Records[0].HitRule = "+4930001"
						total += 200
						proxy.Hold(way)
						ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
						if err := far.AppendCalls(ctx, batch); !errors.Is(err, retry.ErrUnreachable) {
							t.Errorf("error %v, want %v", err, retry.ErrUnreachable)
						}
						cancel()
						if err := proxy.Pass(); err != nil {
							t.Fatal(err)
						}
						err := far.AppendCalls(t.Context(), batch)
						for range 10 {
							if err == nil {
								break
							}
							err = far.AppendCalls(t.Context(), batch)
						}
						if err != nil {
							t.Fatal(err)
						}
					}
					eventually(t, "the last late attempt", func() bool { return proxy.Connections() <= 1 })
					equal(t, "log", h.channels(t, calllog.Filter{}, 0), down(0, total))
					equal(t, "hits", h.facts(t, "+4930001", "")[0].Hits, int64(5))
				})
			}
		})
	}
}

// Whatever is sent twice, late or by a writer that follows another, each record
// and each hit is written once.
func TestAnySequenceOfFailuresWritesEachRecordOnce(t *testing.T) {
	for name, start := range lone {
		t.Run(name, func(t *testing.T) {
			url := start(t)
			check(t, name, func(draw *rapid.T) {
				h := newFixture(t, url)
				h.put(t, block(t, "+4930001"))
				want := 0
				var sent []calllog.Batch
				for writer := range rapid.IntRange(1, 3).Draw(draw, "writers") {
					for number := range rapid.Int64Range(0, 4).Draw(draw, "batches") {
						n := rapid.SampledFrom([]int{1, 3, 200}).Draw(draw, "records")
						batch := calllog.Batch{Writer: strconv.Itoa(writer), Number: number + 1, Records: calls(want, want+n)}
						want += n
						for i := range batch.Records {
							batch.Records[i].HitRule = "+4930001"
						}
						sent = append(sent, batch)
						// The answer is lost, or an earlier batch comes late.
						again := rapid.SliceOfN(rapid.IntRange(0, len(sent)-1), 0, 3).Draw(draw, "again")
						for _, i := range append([]int{len(sent) - 1}, again...) {
							if err := h.AppendCalls(t.Context(), sent[i]); err != nil {
								t.Fatal(err)
							}
						}
					}
				}
				equal(t, "log", h.channels(t, calllog.Filter{}, 0), down(0, want))
				equal(t, "hits", h.facts(t, "+4930001", "")[0].Hits, int64(want))
			})
		})
	}
}

func TestHits(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			number := block(t, "+4930001")
			number.Expires = time.Now().Add(time.Hour).Round(time.Second).UTC()
			prefix := block(t, "+4420*")
			h.put(t, number, prefix, allow(t, "+4930003:to:100"))
			version := h.version(t)
			hit := func(rule string, at time.Time) calllog.Record {
				record := call(1)
				record.HitRule, record.Time = rule, at
				return record
			}
			h.append(t,
				hit("+4930001", day.Add(time.Second)), hit("+4930001", day), hit("+4420*", day), hit("+4930003:to:100", day),
				hit("+4930002", day), hit("nonsense", day), call(2))
			h.append(t, hit("+4930001", day.Add(-time.Hour)))

			entry := h.facts(t, "+4930001", "")[0]
			equal(t, "hits", entry.Hits, int64(3))
			equal(t, "last hit", entry.LastHit, day.Add(time.Second))
			equal(t, "expiry", entry.Expires, number.Expires)
			equal(t, "prefix", h.list(t, blacklist.Query{Search: "+4420*"})[0].Hits, int64(1))
			equal(t, "scoped", h.facts(t, "+4930003", "100")[0].Hits, int64(1))
			equal(t, "a hit makes no entry", len(h.facts(t, "+4930002", "")), 0)
			equal(t, "version", h.version(t), version)
			equal(t, "log", len(h.channels(t, calllog.Filter{}, 0)), 8)
		})
	}
}

func TestAHitNeverBringsAnEntryBack(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			record := call(1)
			record.HitRule = "+4930001"
			for range 20 {
				h.put(t, block(t, "+4930001"))
				var group sync.WaitGroup
				for range 4 {
					group.Go(func() {
						if err := h.AppendCalls(t.Context(), calllog.Batch{Records: []calllog.Record{record}}); err != nil {
							t.Error(err)
						}
					})
				}
				h.remove(t, "+4930001")
				group.Wait()
				equal(t, "entry", h.facts(t, "+4930001", ""), []blacklist.Entry(nil))
			}
		})
	}
}

func TestFollow(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.append(t, calls(0, 3)...)
			first, err := h.Calls(t.Context(), calllog.Filter{}, 0)
			if err != nil {
				t.Fatal(err)
			}
			stop := errors.New("enough")
			follow := func(after string, n int) ([]string, error) {
				var seen []string
				err := h.Follow(t.Context(), after, func(record calllog.Record) error {
					seen = append(seen, record.Channel)
					if len(seen) == n {
						return stop
					}
					return nil
				})
				return seen, err
			}
			seen, err := follow(first[2].ID, 2)
			if err != stop { //nolint:errorlint // the error is promised as it is, not wrapped
				t.Errorf("error %v, want it as it was", err)
			}
			equal(t, "after the first", seen, []string{first[1].Channel, first[0].Channel})

			ctx, cancel := context.WithCancel(t.Context())
			records := make(chan calllog.Record, 100)
			ended := make(chan error)
			go func() {
				ended <- h.Follow(ctx, "", func(record calllog.Record) error { records <- record; return nil })
			}()
			// It is not known when Follow has begun: what is written then, comes.
			next := 3
			eventually(t, "the first record", func() bool {
				h.append(t, call(next))
				next++
				return len(records) > 0
			})
			for got := (<-records).Channel; got != call(next-1).Channel; {
				got = (<-records).Channel
			}
			h.append(t, call(next))
			equal(t, "from now on", (<-records).Channel, call(next).Channel)
			cancel()
			if err := <-ended; err != nil {
				t.Error("the end of the context is an error:", err)
			}
			if _, err := follow("yesterday", 1); err == nil || !strings.Contains(err.Error(), "invalid ID of a record") {
				t.Error("a false id gives", err)
			}
		})
	}
}
