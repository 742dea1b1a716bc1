package cli

import (
	"strings"
	"testing"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

func TestAsteriskConf(t *testing.T) {
	code, out, err := runHere(t, asteriskConfName, asteriskconf.DialplanFile)
	if code != exitDone || out != asteriskconf.Dialplan() {
		t.Errorf("exit code %d, %v, output:\n%s", code, err, out)
	}
	code, out, err = runHere(t, asteriskConfName)
	if code != exitDone {
		t.Errorf("exit code %d, %v", code, err)
	}
	for name := range asteriskconf.Samples() {
		line := out[max(0, strings.Index(out, name+" ")):]
		line, _, _ = strings.Cut(line, "\n")
		if words := strings.Fields(line); len(words) < 3 || words[0] != name {
			t.Errorf("%s is not listed with its purpose:\n%s", name, out)
		}
	}
	if code, _, err := runHere(t, asteriskConfName, "other.conf"); code != exitUsage {
		t.Errorf("an unknown file: exit code %d, %v", code, err)
	}
}
