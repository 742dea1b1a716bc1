package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A command is split as a shell does it, and has nothing of a shell otherwise.
func TestParseCommand(t *testing.T) {
	for text, want := range map[string][]string{
		"/bin/echo": {"/bin/echo"}, "/bin/echo  a 'b c' \"d e\" f\\ g $HOME": {"/bin/echo", "a", "b c", "d e", "f g", "$HOME"},
		"/bin/echo '|' \";\"": {"/bin/echo", "|", ";"}, "sh -c 'echo \"$1\" | cat'": {"sh", "-c", `echo "$1" | cat`},
	} {
		var got []string
		if err := parseCommand(&got, text); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
	for text, want := range map[string]string{
		"/bin/echo ü | cat": `has a '|', which only a shell understands`, "/bin/echo >x": `has a '>'`, "/bin/echo $(date": "invalid command",
	} {
		if err := parseCommand(new([]string), text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, text := range []string{"/bin/echo 'a b' c", "/bin/echo `x`", "a;b", "(", "\\"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var words []string
		if err := parseCommand(&words, text); (err == nil) != (len(words) > 0) {
			t.Errorf("%q: %q, %v", text, words, err)
		}
	})
}

// A sink without its other options is refused at the start.
func TestAnIncompleteSink(t *testing.T) {
	for name, test := range map[string]struct{ set, want string }{
		"secret alone":    {"notify-webhook-secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "notify-webhook is not"},
		"nobody to tell":  {"smtp=smtp://h:25", "notify-email is not"},
		"sender alone":    {"notify-from=a@b.c", "notify-email is not"},
		"no server":       {"notify-email=a@b.c notify-from=a@b.c", "smtp is not"},
		"no sender":       {"notify-email=a@b.c smtp=smtp://h:25", "notify-from is not"},
		"nothing":         {"", ""},
		"all of an email": {"notify-email=a@b.c notify-from=a@b.c smtp=smtp://h:25", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var c config
			for assignment := range strings.FieldsSeq(test.set) {
				name, value, _ := strings.Cut(assignment, "=")
				all := options()
				if err := all[slices.IndexFunc(all, func(o option) bool { return o.name == name })].set(&c, value); err != nil {
					t.Fatal(err)
				}
			}
			_, err := newSinks(c, nil)
			if (err == nil) != (test.want == "") || (err != nil && (exitCode(err) != exitUsage || !strings.Contains(err.Error(), test.want))) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestACommandGetsNoSecrets(t *testing.T) {
	got := withoutOurs([]string{"PATH=/bin", "RINGFENCE_ARI_PASSWORD=x", "NOTIFY_SOCKET=/run/x", "WATCHDOG_USEC=1", "HOME=/"})
	if diff := cmp.Diff([]string{"PATH=/bin", "HOME=/"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
