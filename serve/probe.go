package serve

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"strconv"
	"sync"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// probeConnections is how many connections to Redis measurements use. Calls use
// others.
const probeConnections = 2

// probe measures the health of a service. Only the monitor's goroutine calls measure.
type probe struct {
	app        string
	session    *ari.Session
	redis      *store.Store
	records    func() calllog.State
	lookups    func() (time.Time, error)
	clock      func() (time.Duration, bool)
	logDropped func() time.Time
	now        func() time.Time
	log        *slog.Logger

	// route and known are what Asterisk answered last.
	route route
	known map[string]float64
	// handled is how many calls had come when the dialplan's app changed last.
	handled int64
}

// measurement is what Asterisk and Redis answered at one time.
type measurement struct {
	at    time.Time
	route route
	// changes, reads and damage are what Redis says of them, see redisPart.
	changes, reads, damage error
	// unscreened has the counters of the dialplan by cause, nil while Asterisk is not
	// connected.
	unscreened map[string]float64
	// size is the size of the list, nil while Redis does not answer.
	size *store.Size
}

// measure asks Asterisk and Redis at the same time.
func (p *probe) measure(ctx context.Context) measurement {
	found := measurement{at: p.now()}
	var asking sync.WaitGroup
	asking.Go(func() {
		// A Redis that holds back changes leaves time to ask whether it reads.
		changing, cancel := context.WithTimeout(ctx, monitorTimeout/2)
		defer cancel()
		found.changes = p.redis.CheckWritable(changing)
		if found.changes == nil || store.ReasonOf(found.changes) == store.Damaged {
			found.damage = p.redis.Damage(ctx)
		}
		if found.changes != nil {
			found.reads = p.redis.Check(ctx)
		}
		if size, err := p.redis.Size(ctx); err == nil {
			found.size = &size
		}
	})
	if p.session.Status().State == ari.Registered {
		p.askAsterisk(ctx)
		found.unscreened = maps.Clone(p.known)
	}
	asking.Wait()
	found.route = p.route
	return found
}

// parts returns the health: what was measured, and what this program knows of itself
// now.
func (p *probe) parts(measured measurement) []web.Part {
	now, status := p.now(), p.session.Status()
	failed, err := p.lookups()
	redis := redisPart(measured.changes, measured.reads, measured.damage)
	return []web.Part{
		asteriskPart(status, now.Sub(p.session.Alive())),
		dialplanPart(measured.route, p.app, now),
		redis,
		lookupsPart(failed, err, redis.OK, now),
		recordsPart(p.records(), now),
		clockPart(p.clock()),
		logPart(p.logDropped(), now),
	}
}

// routeModules are the modules without which no call is screened, whatever else works:
// the applications and functions that the subroutine cannot do without, and ARI's for
// channels. Doctor looks at all others.
var routeModules = []string{"app_stasis.so", "app_stack.so", "app_exec.so", "func_timeout.so", "func_logic.so", "res_ari_channels.so"}

// unscreenedCauses are the dialplan's counters of unscreened calls, by the label of
// the metric.
var unscreenedCauses = map[string]struct{ variable, what string }{
	"not_connected": {
		asteriskconf.GlobalNotConnected,
		"no program had registered the app name that the dialplan passes to Stasis(): if this continues while Asterisk is connected, set --ari-app to that name",
	},
	"guard": {asteriskconf.GlobalGuardFired, "no verdict came in time"},
}

// askAsterisk asks whether calls can reach Ringfence, and how many the dialplan
// continued without a verdict. It logs new ones, also those of a time without a
// connection. What Asterisk does not answer stays as it was.
func (p *probe) askAsterisk(ctx context.Context) {
	var asking sync.WaitGroup
	asking.Go(func() { p.askRoute(ctx) })
	totals := make(map[string]float64, len(unscreenedCauses))
	for cause, counter := range unscreenedCauses {
		if text, _, err := p.session.GlobalVariable(ctx, counter.variable); err == nil {
			totals[cause] = count(text)
		}
	}
	asking.Wait()
	for cause, total := range totals {
		if before, known := p.known[cause]; known && total > before {
			p.route.unscreened = p.now()
			p.log.WarnContext(ctx, "the dialplan continued calls unscreened",
				slog.String("cause", cause), slog.Float64("calls", total-before), slog.String("what", unscreenedCauses[cause].what))
		}
		p.known[cause] = total
	}
}

// askRoute asks which app the subroutine calls, and for the modules on the way to it.
func (p *probe) askRoute(ctx context.Context) {
	var missing []string
	for _, module := range routeModules {
		runs, err := p.session.Runs(ctx, module)
		if err != nil {
			return
		}
		if !runs {
			missing = append(missing, module)
		}
	}
	app, _, err := p.session.GlobalVariable(ctx, asteriskconf.GlobalApp)
	if err != nil {
		return
	}
	if app = cmp.Or(app, asteriskconf.DefaultApp); app != p.route.app {
		p.handled = p.session.Status().Handled
	}
	p.route.asked, p.route.missing, p.route.app = true, missing, app
	p.route.called = p.session.Status().Handled > p.handled
}

// count parses a counter of the dialplan. It is unset before its first call.
func count(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}
