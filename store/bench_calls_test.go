package store_test

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/screen"
)

// BenchmarkAppendCalls measures what a record costs the processors, of this
// program and of Redis, in batches of several sizes.
func BenchmarkAppendCalls(b *testing.B) {
	for _, size := range []int{1, 5, 20, 200} {
		b.Run(strconv.Itoa(size), func(b *testing.B) {
			h := newFixture(b, servers["redis"](b))
			h.put(b, block(b, "+4930123456"))
			records := make([]calllog.Record, size)
			for i := range records {
				records[i] = ordinaryCall(i)
			}
			redis, own := h.redisCPU(b), ownCPU(b)
			for b.Loop() {
				if err := h.AppendCalls(context.Background(), calllog.Batch{Records: records}); err != nil {
					b.Fatal(err)
				}
			}
			n := float64(b.N * size)
			b.ReportMetric(float64((ownCPU(b)-own).Nanoseconds())/1000/n, "go-µs/record")
			b.ReportMetric(float64((h.redisCPU(b)-redis).Nanoseconds())/1000/n, "redis-µs/record")
		})
	}
}

// ordinaryCall is a call as most days bring it; one in ten is refused.
func ordinaryCall(i int) calllog.Record {
	channel := strconv.Itoa(1_700_000_000+i) + "." + strconv.Itoa(i)
	record := calllog.Record{
		Time: time.Now(), Caller: "+4930" + strconv.Itoa(100_000+i),
		Dialled: "+4930888" + strconv.Itoa(100+i%20), Verdict: calllog.Passed, Check: screen.CheckDefault, Action: "continue",
		Channel: channel, LinkedID: channel, SIPCallID: fmt.Sprintf("%032x", i*7919), Took: time.Duration(600_000 + i%1000*777),
		Instance: "pbx1", Hours: calllog.Open,
		Checks: []calllog.Check{
			{Name: screen.CheckList, Outcome: "no match", Reason: "the number is not on the list"},
			{Name: screen.CheckPrefix, Outcome: "no match", Reason: "no prefix on the list covers the number"},
			{Name: screen.CheckAnonymous, Outcome: "no match", Reason: "caller ID is present"},
			{Name: screen.CheckDefault, Outcome: "pass", Reason: "no rule matches this caller", Decided: true},
		},
		Events: []calllog.Event{
			{Name: "entered"},
			{Name: "checked", After: time.Duration(300+i%1000) * time.Microsecond},
			{Name: "continued", After: time.Duration(900+i%1000) * time.Microsecond},
		},
	}
	if i%10 == 0 {
		record.Verdict, record.Check, record.Rule = calllog.Refused, screen.CheckList, "block +4930123456"
		record.Action, record.Text, record.HitRule = "decline", calllog.BlockedText, "+4930123456"
		record.Checks = []calllog.Check{{Name: screen.CheckList, Outcome: "refuse", Reason: record.Rule + ": sells windows", Decided: true}}
		record.Events[2].Name = calllog.BlockedText
	}
	return record
}

// redisCPU is how long Redis has used its processor.
func (h fixture) redisCPU(tb testing.TB) time.Duration {
	tb.Helper()
	var total time.Duration
	for line := range strings.SplitSeq(h.redis.Info(tb.Context(), "cpu").Val(), "\r\n") {
		name, text, _ := strings.Cut(line, ":")
		if name == "used_cpu_sys" || name == "used_cpu_user" {
			seconds, err := strconv.ParseFloat(text, 64)
			if err != nil {
				tb.Fatal(err)
			}
			total += time.Duration(seconds * float64(time.Second))
		}
	}
	return total
}

// ownCPU is how long this process has used processors.
func ownCPU(tb testing.TB) time.Duration {
	tb.Helper()
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
