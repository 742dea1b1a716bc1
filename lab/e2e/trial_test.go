package e2e_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
)

// trial is one call of many, and its result.
type trial struct {
	what string
	call lab.Call
	// stranger places the call from where identity headers are not believed.
	stranger bool
	// odd says that SIP does not allow the text as it stands: Asterisk may
	// drop the call, or pass over the header.
	odd bool

	result lab.Result
	err    error
	record record // empty if Ringfence never saw the call
}

// String describes the trial.
func (r *trial) String() string {
	return fmt.Sprintf("%s %+q: the caller got %d after %s (%v), on record as %q to %q, %s",
		r.what, r.call.From+r.call.FromURI+" "+r.call.Asserted+" to "+r.call.To,
		r.result.Code, r.result.After, r.err, r.record.Caller, r.record.Dialled, r.record.Verdict)
}

// screened reports whether the call came so far that Ringfence had to decide
// about it.
func (r *trial) screened() bool { return r.err == nil && (r.result.Answered() || r.result.Code == 603) }

// try places the calls, twenty at a time, and looks up the record of each. A
// call that the guard let continue, on a machine that is busy, is placed again.
func (h *system) try(t *testing.T, trials []*trial) {
	t.Helper()
	began := time.Now()
	var calls errgroup.Group
	calls.SetLimit(20)
	for _, r := range trials {
		calls.Go(func() error {
			h.attempt(t, r)
			return nil
		})
	}
	_ = calls.Wait() // none returns an error
	for _, r := range trials {
		if r.result.After > guard*9/10 {
			t.Logf("once more, for it was slow: %v", r)
			h.attempt(t, r)
		}
	}
	took := time.Since(began)
	var missing *trial
	defer func() {
		if missing != nil {
			t.Logf("not on record: %v", missing)
		}
	}()
	eventually(t, "the log holds the calls", func() bool {
		missing = h.findRecords(t, trials)
		return missing == nil
	})
	t.Logf("%d calls in %s", len(trials), took)
}

func (h *system) attempt(t *testing.T, r *trial) {
	t.Helper()
	call := r.call
	call.Deaf = true
	if call.To == "" {
		call.To = switchboard
	}
	switch {
	case call.Timeout > 0:
	case r.odd:
		call.Timeout = 500 * time.Millisecond
	default:
		call.Timeout = timeout
	}
	caller := h.caller
	if r.stranger {
		caller = h.stranger
	}
	r.result, r.err = caller.Call(t.Context(), call)
}

// findRecords looks up the records of the calls and returns a call that has
// none yet, though it was screened.
func (h *system) findRecords(t *testing.T, trials []*trial) (missing *trial) {
	t.Helper()
	list := h.log(t)
	byCall := make(map[string]record, len(list))
	for _, entry := range list {
		byCall[entry.SIPCallID] = entry
	}
	for _, r := range trials {
		r.record = byCall[r.result.CallID]
		if r.screened() && r.record.Verdict == "" && r.call.CallID == "" {
			missing = r
		}
	}
	return missing
}

// gateShut fails the test if a call continued because Asterisk took Ringfence
// for absent.
func (h *system) gateShut(t *testing.T) {
	t.Helper()
	if count, err := h.asterisk.Global(t.Context(), "RINGFENCE_NOT_CONNECTED"); err != nil || count != "" {
		t.Errorf("%s calls opened the gate themselves, %v", count, err)
	}
}

// escaped writes a text as the user part of a SIP address.
func escaped(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		if b >= '0' && b <= '9' || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}
