package ari_test

import (
	"testing"
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/ari/aritest"
)

// Ensure a call of which no event ever tells is served while its caller still
// waits.
func TestUnheardCall(t *testing.T) {
	t.Parallel()
	a := aritest.New(t)
	cfg := quick(a)
	cfg.LookEvery = 50 * time.Millisecond
	r := serve(t, cfg, allowAll)
	r.waitState(ari.Registered)
	a.WaitRequests("ringfence", 5)
	a.Park(aritest.Channel{ID: "c1", Variables: map[string]string{"RINGFENCE_CALL": "100"}})
	if move := a.WaitContinued("c1"); move.Extension != "allow" {
		t.Errorf("continued to %+v", move)
	}
}
