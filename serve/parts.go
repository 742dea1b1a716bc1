package serve

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// stalledAfter is how long the path of events from Asterisk may make no progress.
// A heartbeat takes it once a second.
const stalledAfter = 4 * time.Second

// recently is how long a failure of the past counts as one of the present.
const recently = 10 * time.Second

const (
	// reasonStalled says that events of Asterisk make no progress.
	reasonStalled = "stalled"
	// reasonUnknown says that Asterisk has not been asked yet.
	reasonUnknown = "unknown"
)

// asteriskPart returns the health of the connection to Asterisk. Idle is how long
// its events have made no progress, which is also what feeds systemd's watchdog.
func asteriskPart(status ari.Status, idle time.Duration) web.Part {
	part := web.Part{Name: web.PartAsterisk, OK: status.State == ari.Registered, State: string(status.State), Vital: true}
	if status.Problem != nil {
		part.State += ": " + status.Problem.Error()
	}
	switch {
	case !part.OK:
		part.Reason = string(status.State)
	case idle > stalledAfter:
		part.OK, part.Reason = false, reasonStalled
		part.State = fmt.Sprintf("connected, but for %s no call was handled: calls continue unscreened", idle.Truncate(time.Second))
	}
	return part
}

// route is what Asterisk says of the way of calls to Ringfence.
type route struct {
	// asked says that Asterisk was asked and answered.
	asked bool
	// missing are the modules that calls need on their way and that do not run.
	missing []string
	// app is the Stasis app that the subroutine calls.
	app string
	// called says that a call has come to this Ringfence since the app is this one.
	called bool
	// unscreened is when the dialplan last continued a call by itself while
	// Ringfence was connected.
	unscreened time.Time
}

// dialplanPart returns the health of the way from the dialplan to Ringfence, which
// serves an app.
func dialplanPart(route route, app string, now time.Time) web.Part {
	part := web.Part{Name: web.PartDialplan, OK: true, State: "calls the Stasis app " + app}
	switch {
	case !route.asked:
		part.OK, part.Vital, part.Reason = false, true, reasonUnknown
		part.State = "Asterisk has not said yet which Stasis app it calls"
	case len(route.missing) > 0:
		part.OK, part.Vital, part.Reason = false, true, "no-module"
		part.State = fmt.Sprintf("Asterisk does not run %s, so no call is screened: type asterisk -rx \"module load %s\"",
			strings.Join(route.missing, " and "), route.missing[0])
	case route.app != app && !route.called:
		part.OK, part.Vital, part.Reason = false, true, "other-app"
		part.State = fmt.Sprintf("the subroutine calls the Stasis app %s, and this Ringfence serves %s: no call has come; set --ari-app %s, or the dialplan's global %s to %s",
			route.app, app, route.app, asteriskconf.GlobalApp, app)
	case route.app != app:
		part.State = "calls come to the Stasis app " + app
	}
	if part.OK && !route.unscreened.IsZero() && now.Sub(route.unscreened) < recently {
		part.OK, part.Reason = false, "unscreened"
		part.State = "the dialplan has just continued calls unscreened: Ringfence was not connected, or did not answer in time"
	}
	return part
}

// redisPart returns the health of Redis. Changes is the answer to a change, reads that
// to reading, and damage to the question whether keys are damaged. If it answers reads
// but refuses changes, listed callers are still refused.
func redisPart(changes, reads, damage error) web.Part {
	part := web.Part{Name: web.PartRedis, OK: true, State: "answering"}
	// Which key is damaged says more than that a change failed.
	if err := cmp.Or(damage, changes); err != nil {
		part.OK, part.State, part.Reason = false, err.Error(), string(store.ReasonOf(err))
	}
	if changes != nil && reads == nil && damage == nil {
		part.State = "answers reads only: listed callers are refused, but rate rules do not count and call records wait: " + part.State
	}
	return part
}

// lookupsPart returns the health of the lookups of callers. The last one failed at
// a time with an error; the time is zero if it succeeded. If Redis is well, that
// counts for a while only: there may be no further call.
func lookupsPart(failed time.Time, err error, redis bool, now time.Time) web.Part {
	part := web.Part{Name: web.PartLookups, OK: true, State: "callers are looked up"}
	if !failed.IsZero() && (!redis || now.Sub(failed) < recently) {
		part.OK, part.Reason = false, "fail"
		part.State = fmt.Sprintf("callers are not looked up, so only prefixes and settings apply: %v", err)
	}
	return part
}

// slowRecords is how long records may fail to be written before that is a fault: a
// failover takes a moment.
const slowRecords = 3 * time.Second

// recordsPart returns the health of the call records.
func recordsPart(state calllog.State, now time.Time) web.Part {
	part := web.Part{Name: web.PartRecords, OK: true, State: "call records are written"}
	switch {
	case !state.Lost.IsZero() && now.Sub(state.Lost) < recently:
		part.OK, part.Reason = false, "lost"
		part.State = fmt.Sprintf("call records are lost, %d wait", state.Waiting)
		if state.Failing != nil {
			part.State += ": " + state.Failing.Error()
		}
	case state.Failing != nil && now.Sub(state.Since) >= slowRecords:
		part.OK, part.Reason = false, "waiting"
		part.State = fmt.Sprintf("%d call records wait since %s: %v", state.Waiting, state.Since.UTC().Format(time.RFC3339), state.Failing)
	}
	return part
}

// clockPart returns the health of this machine's clock. Ahead is how far the clock of
// Redis is ahead of it.
func clockPart(ahead time.Duration, wrong bool) web.Part {
	part := web.Part{Name: web.PartClock, OK: true, State: "agrees with that of Redis"}
	if wrong {
		part.OK, part.Reason = false, "differs"
		part.State = fmt.Sprintf("this machine's clock is %s behind that of Redis: working time goes by the former, entries end by the latter", ahead.Round(time.Second))
		if ahead < 0 {
			part.State = fmt.Sprintf("this machine's clock is %s ahead of that of Redis: working time goes by the former, entries end by the latter", -ahead.Round(time.Second))
		}
	}
	return part
}

// logPart returns the health of the program's log. Dropped is when a line of it was
// dropped last, zero for never.
func logPart(dropped, now time.Time) web.Part {
	part := web.Part{Name: web.PartLog, OK: true, State: "the log is written"}
	if !dropped.IsZero() && now.Sub(dropped) < recently {
		part.OK, part.Reason = false, "dropped"
		part.State = "lines of the log are dropped: what reads the log does not keep up"
	}
	return part
}
