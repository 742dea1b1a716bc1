package serve

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

// What is half named is said before anything begins.
func TestAnIncompleteSink(t *testing.T) {
	for name, test := range map[string]struct{ set, want string }{
		"secret alone":    {"notify-webhook-secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "notify-webhook is not"},
		"no recipient":    {"smtp=smtp://h:25", "notify-email is not"},
		"sender alone":    {"notify-from=a@b.c", "notify-email is not"},
		"no server":       {"notify-email=a@b.c notify-from=a@b.c", "smtp is not"},
		"no sender":       {"notify-email=a@b.c smtp=smtp://h:25", "notify-from is not"},
		"nothing":         {"", ""},
		"all of an email": {"notify-email=a@b.c notify-from=a@b.c smtp=smtp://h:25", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var environ []string
			for assignment := range strings.FieldsSeq(test.set) {
				name, value, _ := strings.Cut(assignment, "=")
				environ = append(environ, config.EnvPrefix+strings.ToUpper(strings.ReplaceAll(name, "-", "_"))+"="+value)
			}
			c, err := config.Sources{Flags: noFlags{}, Environ: environ}.Read()
			if err != nil {
				t.Fatal(err)
			}
			_, err = Sinks(c, nil)
			if (err == nil) != (test.want == "") || (err != nil && (!isInvalid(err) || !strings.Contains(err.Error(), test.want))) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestACommandGetsNoSecrets(t *testing.T) {
	got := withoutOwn([]string{"PATH=/bin", "RINGFENCE_ARI_PASSWORD=x", "NOTIFY_SOCKET=/run/x", "WATCHDOG_USEC=1", "HOME=/"})
	if diff := cmp.Diff([]string{"PATH=/bin", "HOME=/"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func isInvalid(err error) bool {
	typed, ok := errors.AsType[*app.Error](err)
	return ok && typed.Kind == app.Invalid
}

// noFlags are those of a command that takes every option, and was typed without
// any.
type noFlags struct{}

func (noFlags) Takes(string) bool    { return true }
func (noFlags) IsSet(string) bool    { return false }
func (noFlags) String(string) string { return "" }
func (noFlags) Bool(string) bool     { return false }
