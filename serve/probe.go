package serve

import (
	"cmp"
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// probeConnections is how many connections to Redis measurements use. They have
// none of those that calls use.
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

	// plan and known are of the last measurement.
	plan  plan
	known map[string]float64
}

// measurement is what Asterisk and Redis answered at one time.
type measurement struct {
	at   time.Time
	plan plan
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
		if found.changes = p.redis.CheckWritable(changing); found.changes != nil {
			found.reads = p.redis.Check(ctx)
		} else {
			found.damage = p.redis.Damage(ctx)
		}
		if size, err := p.redis.Size(ctx); err == nil {
			found.size = &size
		}
	})
	if p.session.Status().State == ari.Registered {
		p.askAsterisk(ctx)
		found.unscreened = p.known
	} else {
		p.plan = plan{unscreened: p.plan.unscreened}
		p.known = nil
	}
	asking.Wait()
	found.plan = p.plan
	return found
}

// parts returns the health: what was measured, and what this program knows of itself
// now.
func (p *probe) parts(measured measurement) []web.Part {
	now, status := p.now(), p.session.Status()
	failed, err := p.lookups()
	measured.plan.called = status.Handled > 0
	return []web.Part{
		asteriskPart(status, now.Sub(p.session.Alive())),
		dialplanPart(measured.plan, p.app, now),
		redisPart(measured.changes, measured.reads, measured.damage),
		lookupsPart(failed, err, now),
		recordsPart(p.records(), now),
		clockPart(p.clock()),
		logPart(p.logDropped(), now),
	}
}

// stasisModule is the module that has the application Stasis().
const stasisModule = "app_stasis.so"

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
// continued without a verdict. It logs new ones. While Asterisk is connected, only
// this shows that the dialplan calls Stasis() with another app name.
func (p *probe) askAsterisk(ctx context.Context) {
	runs, err := p.session.Runs(ctx, stasisModule)
	app, _, appErr := p.session.GlobalVariable(ctx, asteriskconf.GlobalApp)
	p.plan.asked = err == nil && appErr == nil
	p.plan.stasis, p.plan.app = runs, cmp.Or(app, asteriskconf.DefaultApp)
	totals := make(map[string]float64, len(unscreenedCauses))
	for cause, counter := range unscreenedCauses {
		text, _, err := p.session.GlobalVariable(ctx, counter.variable)
		if err != nil {
			continue
		}
		totals[cause] = count(text)
		if before, known := p.known[cause]; known && totals[cause] > before {
			p.plan.unscreened = p.now()
			p.log.WarnContext(ctx, "the dialplan continued calls unscreened",
				slog.String("cause", cause), slog.Float64("calls", totals[cause]-before), slog.String("what", counter.what))
		}
	}
	p.known = totals
}

// count parses a counter of the dialplan. It is unset before its first call.
func count(text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0
	}
	return n
}
