package main

import (
	"slices"
	"testing"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/screen"
)

// What packages say that may not import the files for Asterisk is what these
// say.
func TestTheProgramAgreesWithTheDialplan(t *testing.T) {
	t.Parallel()
	app := slices.IndexFunc(options(), func(o option) bool { return o.name == "ari-app" })
	for name, said := range map[string][2]string{
		"text of a refused call": {calllog.BlockedText, asteriskconf.BlockedText},
		"exit that lets go on":   {screen.ExitAllow, asteriskconf.Allow},
		"exit outside hours":     {screen.ExitAllowClosed, asteriskconf.AllowClosed},
		"default app":            {options()[app].fallback, asteriskconf.DefaultApp},
	} {
		if said[0] != said[1] {
			t.Errorf("%s: the program says %q, the dialplan %q", name, said[0], said[1])
		}
	}
}
