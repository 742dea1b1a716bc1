package ari

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Call is a call that has entered Stasis.
type Call struct {
	// ID is Asterisk's id of the channel.
	ID string
	// Channel is the channel's name, which Asterisk makes of the endpoint that
	// it has identified: PJSIP/100-00000001.
	Channel string
	// SIPCallID is the Call-ID of the SIP dialog, or empty if the channel has
	// none or Asterisk does not say.
	SIPCallID string
	// Number and Name are the caller's, as Asterisk took them from the
	// network: any text, or none.
	Number, Name string
	// Args are the arguments given to Stasis().
	Args []string
	// Arrived is when this session got the call. A caller who
	// was found Waiting has waited for longer.
	Arrived time.Time
	// Waiting says that the call was found in Stasis after a (re)connect,
	// without a handler.
	Waiting bool
}

// leftError is the cause of the context of a call that has left Stasis.
type leftError struct{ stayed time.Duration }

func (e *leftError) Error() string { return ErrGone.Error() }

func (e *leftError) Is(target error) bool { return target == ErrGone }

// Stayed returns how long the call of a handler's context was in Stasis,
// by Asterisk's clock: zero while it is there, and if unknown.
func Stayed(ctx context.Context) time.Duration {
	if left, ok := errors.AsType[*leftError](context.Cause(ctx)); ok {
		return left.stayed
	}
	return 0
}

// Handler decides about calls.
type Handler interface {
	// ServeCall handles one call. It runs once per call, many at a time. After its
	// Continue, nobody waits for it, but it holds one of the turns of calls.
	//
	// ctx ends when the call has left Stasis, for any reason, a Continue
	// by the handler included; its cause is [ErrGone] then. That may be before
	// ServeCall begins. It also ends, with the cause [ErrStopping], when the
	// session stops and the call has had its time: half a second is left for a
	// Continue then.
	//
	// If ServeCall returns an error, panics, or returns while the call has
	// neither been continued nor has gone, then the call is continued to
	// Config.FallbackTo.
	ServeCall(ctx context.Context, call Call) error
}

// entry is a call in the table.
type entry struct {
	call Call
	ctx  context.Context //nolint:containedctx // it is the life of the call, and ends with it
	end  context.CancelCauseFunc
	// entered is Asterisk's own time of the call's coming, zero if unknown.
	entered time.Time
	// found says that a sweep brought it, so its StasisStart may yet come.
	found bool
	// finished says that no handler is responsible any more: the call has been
	// continued, has gone, or continues to the fallback.
	finished bool
	// sweep is the number of the last sweep begun before the call came.
	sweep int
}

// table knows the calls in Stasis, from StasisStart (or a sweep) to StasisEnd
// (or a sweep that misses them).
type table struct {
	mu      sync.Mutex
	entries map[string]*entry
	open    int // entries not finished
	metrics *Metrics
	changed chan struct{} // holds a token once open has gone down

	sweeps int
	left   map[string]bool // ids that left while a sweep is under way, else nil
}

func newTable(metrics *Metrics) *table {
	return &table{entries: map[string]*entry{}, metrics: metrics, changed: make(chan struct{}, 1)}
}

// enter adds a call that came at the given time of Asterisk's, zero if that is
// unknown. It returns nil if the call is known.
func (t *table) enter(life context.Context, call Call, at time.Time) *entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	if known, ok := t.entries[call.ID]; ok {
		if known.found {
			// The event of a call that a sweep found first.
			known.found = false
			return nil
		}
		if call.Waiting || !known.finished {
			return nil
		}
		// A call that left without an event and has come again.
		t.drop(known)
	}
	if call.Waiting && t.left[call.ID] {
		return nil
	}
	e := &entry{call: call, entered: at, found: call.Waiting, sweep: t.sweeps}
	e.ctx, e.end = context.WithCancelCause(life)
	t.entries[call.ID] = e
	t.open++
	t.metrics.openCalls.Set(float64(t.open))
	return e
}

// leave removes a call that left Stasis at the given time of Asterisk's,
// zero if that is unknown.
func (t *table) leave(id string, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left != nil {
		t.left[id] = true
	}
	if e, ok := t.entries[id]; ok {
		if !at.IsZero() && !e.entered.IsZero() {
			e.end(&leftError{at.Sub(e.entered)})
		}
		t.drop(e)
	}
}

func (t *table) drop(e *entry) {
	t.finishLocked(e)
	delete(t.entries, e.call.ID)
	e.end(ErrGone)
}

// continued marks a call as finished after its Continue.
func (t *table) continued(id string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if e, ok := t.entries[id]; ok {
		t.finishLocked(e)
	}
}

func (t *table) finish(e *entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finishLocked(e)
}

func (t *table) finishLocked(e *entry) {
	if e.finished {
		return
	}
	e.finished = true
	t.open--
	t.metrics.openCalls.Set(float64(t.open))
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

func (t *table) finished(e *entry) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return e.finished
}

func (t *table) openCalls() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.open
}

// unfinished returns the calls that are still to be continued.
func (t *table) unfinished() []*entry {
	t.mu.Lock()
	defer t.mu.Unlock()
	var open []*entry
	for _, e := range t.entries {
		if !e.finished {
			open = append(open, e)
		}
	}
	return open
}

// beginSweep is called before Asterisk is asked which channels are in Stasis,
// endSweep with its answer: calls that were known before and are not listed
// have left. The answer is older than what events may have said meanwhile, so
// the ids that left in between are remembered until forgetSweep.
func (t *table) beginSweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweeps++
	t.left = map[string]bool{}
}

func (t *table) endSweep(channelIDs []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	listed := make(map[string]bool, len(channelIDs))
	for _, id := range channelIDs {
		listed[id] = true
	}
	for id, e := range t.entries {
		if e.sweep < t.sweeps && !listed[id] {
			t.drop(e)
		}
	}
}

func (t *table) forgetSweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = nil
}

// cancel ends the contexts of the calls that are not finished.
func (t *table) cancel(cause error) {
	for _, e := range t.unfinished() {
		e.end(cause)
	}
}
