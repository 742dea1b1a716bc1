package doctor_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/doctor"
)

func TestConsoleRunsACommand(t *testing.T) {
	t.Parallel()
	script := filepath.Join(t.TempDir(), "asterisk.sh")
	text := `case "$2" in
known) echo "$1 and $2";;
unknown) echo "No such command 'unknown' (type 'core show help unknown' for other possible commands)"; exit 1;;
*) echo "Unable to connect to remote asterisk" >&2; exit 1;;
esac
`
	if err := os.WriteFile(script, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	ask := doctor.NewConsole("sh " + script + " -rx")
	for command, want := range map[string]string{"known": "-rx and known\n", "unknown": "No such command"} {
		if got, err := ask(t.Context(), command); err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, %v", command, got, err)
		}
	}
	if _, err := ask(t.Context(), "other"); err == nil || !strings.Contains(err.Error(), "Unable to connect") {
		t.Errorf("a console that is not there: %v", err)
	}
	for _, line := range []string{"", "/absent/asterisk -rx"} {
		if _, err := doctor.NewConsole(line)(t.Context(), "known"); err == nil {
			t.Errorf("no error for the console %q", line)
		}
	}
}

func TestReadUsers(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]map[string]bool{
		"r/o?  ACL?  Username\n----  ----  --------\nNo    No    ringfence\nYes   No    watcher\n": {"ringfence": false, "watcher": true},
		"r/o?  Username\n----  --------\nYes   watcher\n":                                          {"watcher": true},
		"No such command 'ari show users'\n":                                                       nil,
	} {
		if diff := cmp.Diff(want, doctor.ReadUsers(text)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestAskHost(t *testing.T) {
	t.Parallel()
	d := &doctor.Doctor{
		Target: doctor.Target{ARIURL: "http://127.0.0.1:8088/ari"},
		Lookup: func(_ context.Context, name string) error {
			if name != doctor.RootServer {
				return errors.New("no such host")
			}
			return nil
		},
	}
	if e := d.AskHost(t.Context()); !e.Unknown || e.Remote || e.Name == "" {
		t.Errorf("a machine that does not find its own name: %+v", e)
	}
	d.Target.ARIURL = "http://192.0.2.1:8088/ari"
	if e := d.AskHost(t.Context()); !e.Remote {
		t.Errorf("another machine: %+v", e)
	}
}
