package cli

import (
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/ringfence/ringfence/app"
)

// importMemory is the soft memory limit while an import runs, in bytes. Without
// it the garbage collector uses twice as much.
const importMemory = 34 << 20

// limitMemory sets the limit, at the cost of some processor time. The returned
// function removes it.
func limitMemory() (end func()) {
	limit := debug.SetMemoryLimit(importMemory)
	return func() { debug.SetMemoryLimit(limit) }
}

// progress shows a progress bar on a terminal. It reports outages everywhere.
type progress struct {
	p          *program
	in         *input
	mu         sync.Mutex
	bar        *progressbar.ProgressBar
	now        app.Progress
	began      time.Time
	lastReport time.Time
	quiet      bool
}

func (p *program) newProgress(in *input) *progress {
	return &progress{p: p, in: in, quiet: !isTerminal(p.err)}
}

// show updates the progress bar.
func (b *progress) show(now app.Progress) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.quiet {
		return
	}
	if b.bar == nil || b.now.Phase != now.Phase {
		b.begin(now)
	}
	if now.Phase != app.Reading {
		_ = b.bar.Set64(now.Done)
		return
	}
	rate := float64(now.Done) / max(time.Since(b.began).Seconds(), 0.001)
	b.bar.Describe(fmt.Sprintf("reading  %d rows, %.0f rows/s", now.Done, rate))
	_ = b.bar.Set64(b.in.read.Load())
}

// begin starts the bar of a phase. The bar of reading counts bytes, because the
// number of rows is not known yet.
func (b *progress) begin(now app.Progress) {
	if b.bar != nil {
		_ = b.bar.Finish()
	}
	b.now, b.began = now, time.Now()
	options := []progressbar.Option{
		progressbar.OptionSetWriter(b.p.err), progressbar.OptionSetDescription(string(now.Phase)),
		progressbar.OptionThrottle(100 * time.Millisecond), progressbar.OptionClearOnFinish(),
		progressbar.OptionSetPredictTime(true), progressbar.OptionSetWidth(24),
	}
	all := now.All
	if now.Phase == app.Reading {
		all = b.in.size
	} else {
		options = append(options, progressbar.OptionShowIts(), progressbar.OptionSetItsString("rows"))
	}
	b.bar = progressbar.NewOptions64(max(all, -1), options...)
}

// outageInterval is the minimum time between two reports of an outage.
const outageInterval = 10 * time.Second

// waiting reports an outage.
func (b *progress) waiting(err error, _ time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if time.Since(b.lastReport) < outageInterval {
		return
	}
	b.lastReport = time.Now()
	if b.bar != nil {
		_ = b.bar.Clear()
	}
	b.p.say("%v; retrying for up to %s", err, app.RetryFor)
}

// end removes the bar.
func (b *progress) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.bar != nil {
		_ = b.bar.Finish()
		b.bar = nil
	}
}
