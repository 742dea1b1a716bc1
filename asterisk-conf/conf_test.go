package asteriskconf_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

func TestSamples(t *testing.T) {
	want := []string{"ari.conf", "cdr.conf", "http.conf", "ringfence.conf"}
	samples := asteriskconf.Samples()
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(samples))); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
	for name, text := range samples {
		if !strings.HasPrefix(string(text), "; "+name+": ") {
			t.Errorf("%s does not begin by saying what it is", name)
		}
	}
}

// The extensions that the program sends a call to, and the two guards.
func TestDialplanHasItsExtensions(t *testing.T) {
	for _, extension := range []string{"s", "allow", "decline", "busy", "reject", "not-found", "T"} {
		if !strings.Contains(asteriskconf.Dialplan(), "\nexten => "+extension+",1,") {
			t.Errorf("no extension %s", extension)
		}
	}
}

func TestPBXIncludesTheSubroutine(t *testing.T) {
	pbx := asteriskconf.PBX()
	if string(pbx[asteriskconf.DialplanFile]) != asteriskconf.Dialplan() {
		t.Error("the PBX has another subroutine than the one for users")
	}
	if !strings.Contains(string(pbx["extensions.conf"]), `#include "`+asteriskconf.DialplanFile+`"`) {
		t.Error("the PBX does not include it")
	}
}
