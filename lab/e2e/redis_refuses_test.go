package e2e_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/store"
)

// redisUser is the user of Redis whose rights are taken away.
const redisUser, redisPassword = "ringfence", "secret"

// refusal is a state of a Redis that answers reads and refuses to count: what
// its administrator types to begin and to end it, and the reason in /readyz.
type refusal struct {
	begin, end []string
	reason     string
}

// rightsOf types that the user has all rights that Ringfence needs, but for some.
func rightsOf(but string) string {
	rights, err := store.Rights("")
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf("ACL SETUSER %s reset on >%s %s %s", redisUser, redisPassword, strings.Join(rights, " "), but)
}

// acl is a refusal by the rights of the user.
func acl(but string) refusal {
	return refusal{begin: []string{rightsOf(but)}, end: []string{rightsOf("")}, reason: "not-allowed"}
}

var refusals = map[string]refusal{
	"NOREPLICAS":   {[]string{"CONFIG SET min-replicas-to-write 1"}, []string{"CONFIG SET min-replicas-to-write 0"}, "no-replicas"},
	"OOM":          {[]string{"CONFIG SET maxmemory 1"}, []string{"CONFIG SET maxmemory 0"}, "out-of-memory"},
	"MISCONF":      {[]string{`CONFIG SET save "3600 1"`, "BGSAVE"}, []string{`CONFIG SET save ""`}, "disk-fails"},
	"READONLY":     {[]string{"REPLICAOF 127.0.0.1 1"}, []string{"REPLICAOF NO ONE"}, "replica"},
	"no EVALSHA":   acl("-evalsha"),
	"no scripting": acl("-@scripting"),
	"no writes":    acl("-@write"),
}

// Ensure a Redis that refuses writes affects the count only: a caller who is
// listed stays refused, who is not continues, and no one has to heal Ringfence.
func TestRedisRefusesToCount(t *testing.T) {
	t.Parallel()
	for rules, settings := range map[string][]string{
		"off-hours":   {"repeat=3 in 5m off-hours"},
		"always":      {"repeat=3 in 5m always"},
		"per dialled": {"repeat=3 in 5m always per dialled"},
		"observe":     {"repeat=3 in 5m always", "mode=observe"},
	} {
		t.Run(rules, func(t *testing.T) {
			t.Parallel()
			h := newSystem(t)
			h.redisSays(t, rightsOf(""))
			h.another(t, fmt.Sprintf("RINGFENCE_REDIS=redis://%s:%s@%s/0", redisUser, redisPassword, h.store.Address()))
			h.run(t, "block "+pest+" "+pestPrefix)
			h.types(t, append([]string{"settings", "set"}, settings...)...)
			h.types(t, "hours", "set", "default", "closed; zone UTC")
			if err := h.redis.BreakSnapshots(); err != nil {
				t.Fatal(err)
			}
			h.serve(t)
			h.screening(t)
			// serve looks at its health every two seconds: one kind of rule is enough.
			watched := rules == "always"
			crowd := &unlisted{observed: rules == "observe"}
			for name, refusal := range refusals {
				t.Run(name, func(t *testing.T) {
					end := sync.OnceFunc(func() { h.redisSays(t, refusal.end...) })
					defer end()
					h.redisSays(t, refusal.begin...)
					h.wantHealth(t, 200, "degraded", "Reason:"+refusal.reason+"}")
					calls := h.listedAndUnlisted(t, crowd)
					h.wantHealth(t, 200, "degraded", "Reason:"+refusal.reason+"}")
					if watched {
						h.shows(t, "the metric", fmt.Sprintf("ringfence_degraded{part=\"redis\",reason=%q} 1\n", refusal.reason), true)
					}

					end()
					h.wantHealth(t, 200, "ready", "answering")
					if watched {
						h.shows(t, "no metric", "ringfence_degraded{", false)
					}
					h.countsAgain(t, crowd)
					h.onRecord(t, crowd, calls)
				})
			}
			if calls := h.metric(t, `ringfence_fail_open_total{cause="store"}`); calls != 0 {
				t.Errorf("%v calls continued because Redis failed", calls)
			}
			if !watched {
				return
			}
			for _, message := range []string{`"msg":"degraded"`, `"msg":"no longer degraded"`} {
				if lines := h.service.Output().Count(message); lines != len(refusals) {
					t.Errorf("%d lines of the log hold %s, want one a state: %d", lines, message, len(refusals))
				}
			}
		})
	}
}

// shows waits until /metrics holds a text, or doesn't.
func (h *system) shows(t *testing.T, what, text string, holds bool) {
	t.Helper()
	eventually(t, what, func() bool { return strings.Contains(h.metrics(t), text) == holds })
}

// unlisted makes callers that no call has come from.
type unlisted struct {
	count    int
	observed bool
}

func (u *unlisted) next() string {
	u.count++
	return fmt.Sprintf("+49305552%04d", u.count)
}

// refusal is the code that a refused caller gets.
func (u *unlisted) refusal() int {
	if u.observed {
		return 200
	}
	return 603
}

// listedAndUnlisted places calls of listed callers, more than any breaker
// bears failures, with calls of unlisted ones between them. It returns the
// callers by the SIP call.
func (h *system) listedAndUnlisted(t *testing.T, crowd *unlisted) map[string]string {
	t.Helper()
	calls := map[string]string{}
	for range 6 {
		for from, code := range map[string]int{pest: crowd.refusal(), prefixPest: crowd.refusal(), crowd.next(): 200} {
			result := h.place(t, lab.Call{To: switchboard, From: from, Deaf: true})
			refused(t, result, code)
			waited(t, result, 0, lawful)
			calls[result.CallID] = from
		}
	}
	return calls
}

// countsAgain waits until the rate rule refuses a caller of its own accord.
func (h *system) countsAgain(t *testing.T, crowd *unlisted) {
	t.Helper()
	from := crowd.next()
	for call := range 3 {
		want := 200
		if call == 2 {
			want = crowd.refusal()
		}
		refused(t, h.place(t, lab.Call{To: switchboard, From: from, Deaf: true}), want)
	}
}

// onRecord waits until the calls are in the log, and checks their verdicts.
func (h *system) onRecord(t *testing.T, crowd *unlisted, calls map[string]string) {
	t.Helper()
	verdict := "refused"
	if crowd.observed {
		verdict = "observed"
	}
	found := map[string]record{}
	eventually(t, "the log holds the calls", func() bool {
		for _, record := range h.records(t, len(calls)) {
			if _, ours := calls[record.SIPCallID]; ours {
				found[record.SIPCallID] = record
			}
		}
		return len(found) == len(calls)
	})
	for id, record := range found {
		want := "passed"
		if from := calls[id]; from == pest || from == prefixPest {
			want = verdict
		}
		if record.Verdict != want {
			t.Errorf("the record of %s says %s, want %s: %+v", calls[id], record.Verdict, want, record)
		}
	}
}
