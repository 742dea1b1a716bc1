package config

import (
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
		"/bin/echo ü | cat": `'|' is for a shell`, "/bin/echo >x": `'>' is for a shell`, "/bin/echo $(date": "invalid command",
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
