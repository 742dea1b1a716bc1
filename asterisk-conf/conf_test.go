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
	for _, extension := range []string{"s", "allow", "allow-closed", "decline", "busy", "reject", "not-found", "T"} {
		if !strings.Contains(asteriskconf.Dialplan(), "\nexten => "+extension+",1,") {
			t.Errorf("no extension %s", extension)
		}
	}
}

// What other packages know of the subroutine is what its text says.
func TestDialplanSaysWhatTheConstantsSay(t *testing.T) {
	for name, line := range map[string]string{
		"Context":            "\n[" + asteriskconf.Context + "]\n",
		"Allow":              "\nexten => " + asteriskconf.Allow + ",1,",
		"AllowClosed":        "\nexten => " + asteriskconf.AllowClosed + ",1,",
		"DefaultApp":         `Stasis(${IF($["${` + asteriskconf.GlobalApp + `}" = ""]?` + asteriskconf.DefaultApp + `:${` + asteriskconf.GlobalApp + `})},`,
		"GlobalNotConnected": "Set(GLOBAL(" + asteriskconf.GlobalNotConnected + ")=$[0${" + asteriskconf.GlobalNotConnected + "} + 1])",
		"GlobalGuardFired":   "Set(GLOBAL(" + asteriskconf.GlobalGuardFired + ")=$[0${" + asteriskconf.GlobalGuardFired + "} + 1])",
	} {
		if n := strings.Count(asteriskconf.Dialplan(), line); n != 1 {
			t.Errorf("%s: the subroutine holds %q %d times, want once", name, line, n)
		}
	}
	var refusals int
	for line := range strings.Lines(asteriskconf.Dialplan()) {
		if strings.Contains(line, "Set(CDR(userfield)=H") {
			refusals++
			if !strings.HasSuffix(line, "="+asteriskconf.BlockedText+")\n") {
				t.Errorf("a refusal writes another text than %q: %s", asteriskconf.BlockedText, line)
			}
		}
	}
	if refusals != 4 {
		t.Errorf("%d refusals write a text into the CDR, want 4", refusals)
	}
	if guard := `"${CDR(userfield)}" != "` + asteriskconf.BlockedText + `"`; !strings.Contains(asteriskconf.Dialplan(), guard) {
		t.Errorf("the guard does not compare with %q", asteriskconf.BlockedText)
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
