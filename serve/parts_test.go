package serve

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// What each part says of each state.
func TestParts(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	before := func(d time.Duration) time.Time { return now.Add(-d) }
	full := errors.New("OOM command not allowed")
	damaged := &store.DamagedError{Keys: []store.DamagedKey{{Key: "x", Holds: "holds a set"}}}
	registered := ari.Status{State: ari.Registered}
	own := route{asked: true, app: "ringfence"}
	with := func(change func(*route)) web.Part {
		changed := own
		change(&changed)
		return dialplanPart(changed, "ringfence", now)
	}
	other := func(p *route) { p.app = "other" }
	for name, test := range map[string]struct {
		part   web.Part
		status string
		reason string
		state  string
	}{
		"connected":                   {asteriskPart(registered, time.Second), web.StatusReady, "", "registered"},
		"not connected":               {asteriskPart(ari.Status{State: ari.Unreachable}, 0), web.StatusDown, "unreachable", "unreachable"},
		"events make no progress":     {asteriskPart(registered, 5*time.Second), web.StatusDown, "stalled", "5s"},
		"own app":                     {with(func(*route) {}), web.StatusReady, "", "ringfence"},
		"not asked":                   {with(func(p *route) { p.asked = false }), web.StatusDown, "unknown", "not said yet"},
		"no app_stasis":               {with(func(p *route) { p.missing = []string{"app_stasis.so"} }), web.StatusDown, "no-module", "module load app_stasis.so"},
		"other app":                   {with(other), web.StatusDown, "other-app", "--ari-app other"},
		"other app, calls come":       {with(func(p *route) { other(p); p.called = true }), web.StatusReady, "", "calls come"},
		"calls just unscreened":       {with(func(p *route) { p.unscreened = before(time.Second) }), web.StatusDegraded, "unscreened", "unscreened"},
		"calls unscreened before":     {with(func(p *route) { p.unscreened = before(time.Minute) }), web.StatusReady, "", "ringfence"},
		"Redis answers":               {redisPart(nil, nil, nil), web.StatusReady, "", "answering"},
		"Redis reads only":            {redisPart(full, nil, nil), web.StatusDegraded, "out-of-memory", "answers reads only"},
		"Redis fails":                 {redisPart(full, full, nil), web.StatusDegraded, "out-of-memory", "OOM"},
		"a key is damaged":            {redisPart(nil, nil, damaged), web.StatusDegraded, "damaged", "x holds a set"},
		"clocks agree":                {clockPart(time.Second, false), web.StatusReady, "", "agrees"},
		"clock behind":                {clockPart(90*time.Second, true), web.StatusDegraded, "differs", "1m30s behind"},
		"clock ahead":                 {clockPart(-time.Hour, true), web.StatusDegraded, "differs", "1h0m0s ahead"},
		"no lookup failed":            {lookupsPart(time.Time{}, nil, true, now), web.StatusReady, "", "looked up"},
		"a lookup failed":             {lookupsPart(before(time.Second), full, true, now), web.StatusDegraded, "fail", "OOM"},
		"a lookup failed long ago":    {lookupsPart(before(time.Hour), full, true, now), web.StatusReady, "", "looked up"},
		"a lookup failed, Redis, too": {lookupsPart(before(time.Hour), full, false, now), web.StatusDegraded, "fail", "OOM"},
		"records were lost":           {recordsPart(calllog.State{Waiting: 7, Lost: now}, now), web.StatusDegraded, "lost", "7 wait"},
		"records are written":         {recordsPart(calllog.State{Waiting: 7}, now), web.StatusReady, "", "written"},
		"a failover":                  {recordsPart(calllog.State{Waiting: 7, Failing: full, Since: before(time.Second)}, now), web.StatusReady, "", "written"},
		"records wait":                {recordsPart(calllog.State{Waiting: 7, Failing: full, Since: before(time.Minute)}, now), web.StatusDegraded, "waiting", "7 call records wait since 2026-11-28T11:59:00Z: OOM"},
		"records are lost":            {recordsPart(calllog.State{Waiting: 7, Failing: full, Since: before(time.Minute), Lost: now}, now), web.StatusDegraded, "lost", "lost"},
		"log is written":              {logPart(time.Time{}, now), web.StatusReady, "", "written"},
		"log is dropped":              {logPart(now, now), web.StatusDegraded, "dropped", "dropped"},
		"log was dropped":             {logPart(before(time.Minute), now), web.StatusReady, "", "written"},
	} {
		if got := web.Summarize([]web.Part{test.part}).Status; got != test.status || test.part.Reason != test.reason || !strings.Contains(test.part.State, test.state) || strings.Contains(test.part.State, "nil") {
			t.Errorf("%s: %s, %+v, want %s, reason %q, state with %q", name, got, test.part, test.status, test.reason, test.state)
		}
	}
}
