package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// Ensure every change takes effect with the next call.
func TestChangesCountAtOnce(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pestPrefix+" "+pest)
	refused(t, h.call(t, prefixPest), 603)
	refused(t, h.call(t, pest), 603)
	h.run(t, "settings set action=busy")
	refused(t, h.call(t, prefixPest), 486)
	h.run(t, "allow "+prefixPest)
	answered(t, h.call(t, prefixPest))
	h.run(t, "remove "+pestPrefix+" "+prefixPest+" "+pest)
	h.run(t, "settings set action=decline")
	answered(t, h.call(t, prefixPest))
	answered(t, h.call(t, pest))
}

// Ensure no call that is placed after a remove is refused, and none that has
// ended before it has passed, while others of the same callers are on their way.
func TestRemoveWithCallsInFlight(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" "+pestPrefix)
	refused(t, h.call(t, pest), 603)

	type placed struct {
		outcome
		at time.Time
	}
	const count = 150
	calls := make(chan placed, count)
	for i := range count {
		from := pest
		if i%2 == 1 {
			from = prefixPest
		}
		go func() {
			<-time.After(time.Duration(i) * 20 * time.Millisecond) // calls come over a time
			at := time.Now()
			result, err := h.caller.Call(t.Context(), lab.Call{To: switchboard, From: from, Deaf: true})
			calls <- placed{outcome{from, result, err}, at}
		}()
	}
	eventually(t, "calls are in flight", func() bool { return h.service.Output().Count(`"refused"`) > 10 })
	removing := time.Now()
	h.run(t, "remove "+pest+" "+pestPrefix)
	removed := time.Now()
	earlier, later := 0, 0
	for range count {
		call := <-calls
		switch {
		case call.err != nil:
			t.Errorf("the call from %s was lost: %v", call.from, call.err)
		case call.at.After(removed):
			later++
			answered(t, call.result)
		case call.at.Add(call.result.After).Before(removing):
			earlier++
			refused(t, call.result, 603)
		}
	}
	if earlier < 10 || later < 10 {
		t.Errorf("only %d calls ended before the remove, and %d were placed after it", earlier, later)
	}
}

// Ensure a Redis that comes back empty is accepted: no caller is listed,
// and what is listed from then on counts.
func TestRedisLosesItsData(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" "+pestPrefix)
	refused(t, h.call(t, prefixPest), 603)
	h.redisSays(t, "SCRIPT FLUSH", "FLUSHALL")
	eventually(t, "no caller is listed", func() bool { return h.call(t, prefixPest).Answered() })
	answered(t, h.call(t, pest))
	h.run(t, "block "+prefixPest)
	refused(t, h.call(t, prefixPest), 603)
	h.wantHealth(t, 200, "ready", "answering")
	eventually(t, "the data is marked with its version", func() bool {
		return h.redisSays(t, "EXISTS {ringfence}:schema") == ":1"
	})
}

// Ensure a Redis that refuses the connection does not delay callers, is reported in
// words, without the password, and is used once it changes its mind.
func TestRedisRefusesThePassword(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.run(t, "block "+pest)
	h.redisSays(t, "CONFIG SET requirepass sesame")
	h.another(t, "RINGFENCE_REDIS=redis://:abracadabra@"+h.store.Address()+"/0")
	h.serve(t)
	h.screening(t)
	h.wantHealth(t, 200, "degraded", "refuses the user name or the password of the URL")
	for range 4 {
		result := h.call(t, pest)
		answered(t, result)
		waited(t, result, 0, lawful)
	}
	h.waitLog(t, "refuses the user name or the password of the URL")

	h.redisSays(t, "AUTH sesame", "CONFIG SET requirepass abracadabra")
	eventually(t, "the listed caller is refused", func() bool { return h.call(t, pest).Code == 603 })
	h.wantHealth(t, 200, "ready", "answering")
	if strings.Contains(h.service.Output().String(), "abracadabra") {
		t.Error("the log shows the password")
	}
}

// Ensure data of a newer Ringfence is neither read nor written, which is said,
// and that callers are screened by what is remembered meanwhile.
func TestRedisHoldsNewerData(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest+" "+pestPrefix)
	refused(t, h.call(t, pest), 603)
	refused(t, h.call(t, prefixPest), 603)
	h.records(t, 2)

	h.redisSays(t, "SET {ringfence}:schema 99")
	h.waitLog(t, "data in Redis not read or written")
	h.wantHealth(t, 200, "degraded", "written by a newer ringfence")
	answered(t, h.call(t, pest))
	refused(t, h.call(t, prefixPest), 603)
	eventually(t, "records wait", func() bool { return h.metric(t, "ringfence_call_records_waiting") == 2 })
	if length := h.redisSays(t, "XLEN {ringfence}:calls"); length != ":2" {
		t.Errorf("the log has %s records, want those 2 of before", length)
	}
	answer, err := h.service.Run(t.Context(), "list")
	if err != nil || answer.Code == 0 || !strings.Contains(answer.Err, "newer ringfence") {
		t.Errorf("list = %+v, %v, want to hear of the newer data", answer, err)
	}

	h.redisSays(t, "SET {ringfence}:schema 1")
	eventually(t, "the listed caller is refused", func() bool { return h.call(t, pest).Code == 603 })
	h.eachOnce(t)
}

// Ensure newer data is also noticed before the first call.
func TestRedisHoldsNewerDataAtTheStart(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.run(t, "block "+pest)
	h.redisSays(t, "SET {ringfence}:schema 99")
	h.serve(t)
	h.screening(t)
	h.waitLog(t, "data in Redis not read or written")
	answered(t, h.call(t, pest))
	if length := h.redisSays(t, "XLEN {ringfence}:calls"); length != ":0" {
		t.Errorf("the log has %s records", length)
	}
}
