package screen

import (
	"regexp"
	"testing"
	"time"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// Whether a call that is gone hung up or continued by the dialplan's guard is
// known by the time it stayed, so the two must not drift apart.
func TestGuardTimeIsThatOfTheDialplan(t *testing.T) {
	t.Parallel()
	limits := regexp.MustCompile(`TIMEOUT\(absolute\)=([0-9.]+)[,)]`).FindAllStringSubmatch(asteriskconf.Dialplan(), -1)
	if len(limits) != 1 {
		t.Fatalf("the dialplan sets %d limits, want one: %q", len(limits), limits)
	}
	limit, err := time.ParseDuration(limits[0][1] + "s")
	if err != nil {
		t.Fatal(err)
	}
	if limit != guard || guardMargin <= 0 || guardMargin > 100*time.Millisecond {
		t.Errorf("the guard fires after %v, and a call counts as continued by it after %v less %v", limit, guard, guardMargin)
	}
	if guard < 2*DefaultDeadline {
		t.Errorf("the guard fires after %v, which leaves too little of it beside a deadline of %v", guard, DefaultDeadline)
	}
}
