package serve

import (
	"slices"
	"strings"
	"testing"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
)

// What packages say that may not import the files for Asterisk is what these
// say.
func TestTheProgramAgreesWithTheDialplan(t *testing.T) {
	t.Parallel()
	app := slices.IndexFunc(config.Options(), func(o config.Option) bool { return o.Name == "ari-app" })
	for name, said := range map[string][2]string{
		"text of a refused call": {calllog.BlockedText, asteriskconf.BlockedText},
		"exit of passed calls":   {screen.ExitAllow, asteriskconf.Allow},
		"exit outside hours":     {screen.ExitAllowClosed, asteriskconf.AllowClosed},
		"mark of a star code":    {star.Mark, asteriskconf.StarRequest},
		"default app":            {config.Options()[app].Default, asteriskconf.DefaultApp},
	} {
		if said[0] != said[1] {
			t.Errorf("%s: the program says %q, the dialplan %q", name, said[0], said[1])
		}
	}
}

// Each answer to a star code has its extension, and each action its meaning.
func TestTheProgramAgreesWithTheStarCodes(t *testing.T) {
	t.Parallel()
	text := asteriskconf.StarCodes()
	for _, exit := range star.Exits() {
		for _, line := range []string{"exten => " + exit + ",1,Set(RINGFENCE_STAR=" + exit + ")\n", " same => n(" + exit + "),Playback("} {
			if strings.Count(text, line) != 1 {
				t.Errorf("the dialplan lacks the line %q", line)
			}
		}
	}
	for _, action := range []star.Action{star.BlockLast, star.RemoveLast} {
		if !strings.Contains(text, "Gosub(ringfence-star,s,1("+string(action)+"))") {
			t.Errorf("the dialplan does not say how to ask for %s", action)
		}
	}
}
