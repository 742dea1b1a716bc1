package e2e_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
)

// A listed prefix, a number of it that may call, and a caller that hides: what
// Ringfence knows about without asking Redis for each call.
const (
	pestPrefix = "+4930777*"
	prefixPest = "+4930777300"
	prefixPal  = "+4930777400"
)

func hidden() lab.Call {
	return lab.Call{To: switchboard, From: "anonymous", FromHost: "anonymous.invalid"}
}

// policy writes rules of each kind, and waits until they are remembered.
func (h *system) policy(t *testing.T) {
	t.Helper()
	h.run(t, "block "+pest+" "+pestPrefix)
	h.run(t, "allow "+prefixPal)
	h.run(t, "settings set anonymous=busy")
}

// degraded fails the test unless callers are screened by what Ringfence knows
// without Redis, and the others continue in time.
func (h *system) degraded(t *testing.T) {
	t.Helper()
	for from, code := range map[string]int{prefixPest: 603, prefixPal: 200, pest: 200, stranger: 200} {
		result := h.call(t, from)
		refused(t, result, code)
		waited(t, result, 0, lawful)
	}
	result := h.place(t, hidden())
	refused(t, result, 486)
	waited(t, result, 0, lawful)
	eventually(t, "calls no longer wait for Redis", func() bool { return h.call(t, pest).After < atOnce })
	fired, err := h.asterisk.Global(t.Context(), "RINGFENCE_GUARD_FIRED")
	if fired != "" || err != nil {
		t.Errorf("the guard continued %s calls, %v: Ringfence should have done so before", fired, err)
	}
}

// Ensure a start without Redis uses the saved policy, and that
// no one waits.
func TestRedisIsAbsentAtTheStart(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.policy(t)
	h.serve(t)
	h.screening(t)
	h.remembered(t, prefixPal)
	if err := h.service.Kill(); err != nil {
		t.Fatal(err)
	}
	h.loseRedis(t)

	h.serve(t)
	h.screening(t)
	h.wantHealth(t, 200, "degraded", "unreachable")
	h.degraded(t)

	h.findRedis(t)
	eventually(t, "the listed caller is refused", func() bool { return h.call(t, pest).Code == 603 })
	h.wantHealth(t, 200, "ready", "answering")
}

// Ensure a first start without Redis succeeds.
func TestRedisIsAbsentAtTheFirstStart(t *testing.T) {
	t.Parallel()
	h := newSystem(t)
	h.loseRedis(t)
	h.serve(t)
	h.screening(t)
	h.waitLog(t, "ready: calls are screened")
	for _, call := range []lab.Call{{To: switchboard, From: stranger}, hidden()} {
		result := h.place(t, call)
		answered(t, result)
		waited(t, result, 0, lawful)
	}
}

// Ensure calls are screened by what is known when Redis goes away in one of
// several ways, and fully again when it is back, without a restart; and that
// the records of all calls are there then, once.
func TestRedisGoesAndComesBack(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct{ fail, heal func(*testing.T, *system) }{
		"its machine is switched off": {
			func(t *testing.T, h *system) { t.Helper(); h.loseRedis(t) },
			func(t *testing.T, h *system) { t.Helper(); h.findRedis(t) },
		},
		"its process hangs": {
			func(t *testing.T, h *system) {
				t.Helper()
				if err := h.redis.Pause(); err != nil {
					t.Fatal(err)
				}
			},
			func(t *testing.T, h *system) {
				t.Helper()
				if err := h.redis.Resume(); err != nil {
					t.Fatal(err)
				}
			},
		},
		"its answers come after 3 s": {
			func(_ *testing.T, h *system) { h.store.Delay(lab.ToClient, 3*time.Second) },
			func(t *testing.T, h *system) { t.Helper(); h.heal(t, h.store) },
		},
		"the network drops the requests": {
			func(_ *testing.T, h *system) { h.store.Hold(lab.ToServer) },
			func(t *testing.T, h *system) { t.Helper(); h.heal(t, h.store) },
		},
		"the network drops the answers": {
			func(_ *testing.T, h *system) { h.store.Hold(lab.ToClient) },
			func(t *testing.T, h *system) { t.Helper(); h.heal(t, h.store) },
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newSystem(t)
			h.policy(t)
			h.serve(t)
			h.screening(t)
			// Calls at the same time leave several connections open: over one of
			// them, a record may be written whose answer never comes.
			wellTreated(t, h.crowd(t, 20, 0))
			h.records(t, 20) // a Redis that is switched off may forget what it has not saved

			fault.fail(t, h)
			h.degraded(t)
			wellTreated(t, h.crowd(t, 20, 10*time.Millisecond))
			h.wantHealth(t, 200, "degraded", "unreachable")
			if out := h.run(t, "health"); !strings.HasPrefix(out, "degraded") {
				t.Errorf("health says %q", out)
			}
			if tries := h.metric(t, `ringfence_fail_open_total{cause="store"}`); tries < 20 {
				t.Errorf("%v calls are counted that continued for lack of Redis, want 20 at least", tries)
			}

			fault.heal(t, h)
			healed := time.Now()
			eventually(t, "the listed caller is refused", func() bool {
				result := h.call(t, pest)
				waited(t, result, 0, lawful)
				return result.Code == 603
			})
			if took := time.Since(healed); took > 5*time.Second {
				t.Errorf("the list counts again after %s", took)
			}
			h.wantHealth(t, 200, "ready", "answering")
			h.eachOnce(t)
		})
	}
}

// eachOnce fails the test unless the log holds each call that Ringfence has
// screened once, and marks those that it had no facts for.
func (h *system) eachOnce(t *testing.T) {
	t.Helper()
	var records []record
	eventually(t, "the log holds every call", func() bool {
		records = h.records(t, 1)
		return len(records) >= h.service.Output().Count(`"call screened"`)
	})
	seen := map[string]int{}
	for _, record := range records {
		if seen[record.Channel]++; seen[record.Channel] == 2 {
			t.Errorf("the call %s has several records", record.Channel)
		}
		if record.Caller == pest && record.Verdict == "passed" && record.Degraded == "" {
			t.Errorf("a listed caller passed, and the record does not say why: %+v", record)
		}
	}
	eventually(t, "every call that has a record was screened", func() bool {
		return len(seen) == h.service.Output().Count(`"call screened"`)
	})
}
