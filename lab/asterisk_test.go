package lab_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

func TestCalls(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	for _, test := range []struct {
		name string
		call lab.Call
		code int
	}{
		{"bare refusal", lab.Call{To: "81000", From: "301"}, 403},
		{"queue, as no Ringfence is there", lab.Call{To: "100", From: "302"}, 200},
		{"unknown number", lab.Call{To: "22222", From: "303"}, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := caller.Call(t.Context(), test.call)
			if err != nil {
				t.Fatal(err)
			}
			if result.Code != test.code {
				t.Errorf("got %d %s, want %d", result.Code, result.Phrase, test.code)
			}
			if result.After > 200*time.Millisecond {
				t.Errorf("took %v", result.After)
			}
		})
	}
	wantNoChannels(t, asterisk)
}

// The environment can choose the Asterisk: here the one that the lab runs anyway,
// by its path.
func TestChosenAsterisk(t *testing.T) {
	log := labtest.NeedAsterisk(t, lab.AsteriskOptions{}).Log(100)
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	candidates, err := filepath.Glob(filepath.Join(cache, "ringfence/lab/asterisk-*/usr/sbin/asterisk"))
	if err != nil {
		t.Fatal(err)
	}
	if path, err := exec.LookPath("asterisk"); err == nil {
		candidates = append(candidates, path)
	}
	if len(candidates) == 0 {
		t.Skipf("this test needs an Asterisk whose path it knows; the lab's says:\n%s", log)
	}
	t.Setenv(lab.AsteriskVariable, candidates[0])
	chosen := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, chosen, "")
	if result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930222"}); err != nil || !result.Answered() {
		t.Errorf("got %+v, %v, want the queue", result, err)
	}
	labtest.NeedStasisBroadcast(t, chosen)
}

// An Asterisk that was chosen and cannot be run is an error, and no other takes
// its place.
func TestChosenAsteriskIsNone(t *testing.T) {
	for path, want := range map[string]string{
		"asterisk":        "must begin with /",
		"/nowhere":        "no such file",
		"/bin/true":       `it is no Asterisk: its version is ""`,
		t.TempDir() + "/": "permission denied",
	} {
		t.Setenv(lab.AsteriskVariable, path)
		err := lab.PrepareAsterisk(t.Context(), nil)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), lab.AsteriskVariable+"="+path) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}
}
