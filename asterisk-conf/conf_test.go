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
	want := []string{"ari.conf", "cdr.conf", "http.conf", "ringfence-star.conf", "ringfence.conf"}
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

// The extensions that the program sends a call to, the entry s and the guard T.
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

// What other packages know of the star codes is what their text says.
func TestStarCodesSayWhatTheConstantsSay(t *testing.T) {
	for name, line := range map[string]string{
		"StarContext":     "\n[" + asteriskconf.StarContext + "]\n",
		"AnsweredContext": "\n[" + asteriskconf.AnsweredContext + "]\n",
		"StarRequest":     "Set(RINGFENCE_CALL=" + asteriskconf.StarRequest + ",${ARG1},",
		"DefaultApp":      `Stasis(${IF($["${` + asteriskconf.GlobalApp + `}" = ""]?` + asteriskconf.DefaultApp + `:${` + asteriskconf.GlobalApp + `})},`,
	} {
		if n := strings.Count(asteriskconf.StarCodes(), line); n != 1 {
			t.Errorf("%s: the star codes hold %q %d times, want once", name, line, n)
		}
	}
}

// A caller's text is made harmless in one way.
func TestCallersAreFilteredAlike(t *testing.T) {
	const filter = "${FILTER(0-9A-Za-z%.*!~'_,${URIENCODE(${"
	for name, text := range map[string]string{asteriskconf.DialplanFile: asteriskconf.Dialplan(), asteriskconf.StarFile: asteriskconf.StarCodes()} {
		if n := strings.Count(text, filter); n != 1 {
			t.Errorf("%s has the filter %d times, want once", name, n)
		}
	}
}

// A dialled number must never look like a request of a telephone. So each place
// that it may come from is filtered, and the filter lets no letter pass.
func TestNoDialledNumberIsARequest(t *testing.T) {
	const filter = "0-9+*#"
	if !strings.Contains(asteriskconf.Dialplan(), "Set(RINGFENCE_CALL=${to},") {
		t.Error("the dialled number does not come first")
	}
	for _, from := range []string{"${STACK_PEEK(1,e)}", "${ARG1}", "${CALLERID(dnid)}"} {
		if all, filtered := strings.Count(asteriskconf.Dialplan(), from), strings.Count(asteriskconf.Dialplan(), "${FILTER("+filter+","+from+")}"); all != 1 || filtered != 1 {
			t.Errorf("%s is in the subroutine %d times, %d times filtered, want once", from, all, filtered)
		}
	}
	if strings.Trim(asteriskconf.StarRequest, "0123456789+*#") == "" {
		t.Errorf("%q passes the filter of dialled numbers", asteriskconf.StarRequest)
	}
}

func TestPBXIncludesTheSubroutines(t *testing.T) {
	pbx := asteriskconf.PBX()
	for name, text := range map[string]string{asteriskconf.DialplanFile: asteriskconf.Dialplan(), asteriskconf.StarFile: asteriskconf.StarCodes()} {
		if string(pbx[name]) != text {
			t.Errorf("the PBX has another %s than the one for users", name)
		}
		if !strings.Contains(string(pbx["extensions.conf"]), `#tryinclude "`+name+`"`) {
			t.Errorf("the PBX does not include %s", name)
		}
	}
}

// Callers from outside do not reach the codes of the small PBX.
func TestPBXKeepsStarCodesFromTrunks(t *testing.T) {
	context := ""
	for line := range strings.Lines(string(asteriskconf.PBX()["extensions.conf"])) {
		if strings.HasPrefix(line, "[") {
			context = strings.Trim(line, "[]\n")
		}
		if strings.Contains(line, "Gosub("+asteriskconf.StarContext) != (context == "internal" && strings.HasPrefix(line, "exten => *3")) {
			t.Errorf("in [%s]: %s", context, line)
		}
		if strings.HasPrefix(line, "include") {
			t.Errorf("a context takes another in: %s", line)
		}
	}
}
