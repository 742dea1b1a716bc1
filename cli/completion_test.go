package cli

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// TestBashCompletion asks a real bash what it would offer.
func TestBashCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("this machine has no bash to complete in")
	}
	tests := []struct {
		line    string
		offered []string
		not     []string
	}{
		{"ringfence ", []string{"block", "config", "version"}, nil},
		{"ringfence bl", []string{"block"}, []string{"allow"}},
		{"ringfence block --", []string{"--reason", "--region", "--help"}, []string{"--verdict"}},
		{"ringfence block 123 --action ", []string{"busy", "message"}, []string{"--reason"}},
		{"ringfence log --output ", []string{"table", "json", "jsonl", "csv"}, nil},
		{"ringfence config ", []string{"show"}, nil},
		{"ringfence settings set mo", []string{"mode=", "mode=observe"}, nil},
		{"ringfence settings set mode=", []string{"enforce", "observe"}, []string{"mode=", "mode=enforce"}},
		{"ringfence settings set own=", nil, []string{"''", ""}},
		{"ringfence list --sort=h", []string{"hits"}, []string{"--sort=hits", "created"}},
		{"ringfence list --output=", []string{"json", "csv"}, []string{"--output=json"}},
		{"ringfence settings set mode=ob", []string{"observe"}, []string{"enforce"}},
		{"ringfence settings set mode=observe anonymous=re", []string{"refuse", "reject"}, nil},
		{"ringfence settings set --output ", []string{"json"}, nil},
		{"ringfence list --kind ", []string{"block", "allow"}, nil},
		{"ringfence list --sort ", []string{"hits", "created"}, nil},
		{"ringfence block --action d", []string{"decline", "default"}, nil},
		{"ringfence feed run ", nil, []string{"run", "show"}},
		{"ringfence feed ", []string{"run", "show"}, nil},
		{"ringfence remove --", []string{"--all", "--source"}, nil},
		{"ringfence completion z", []string{"zsh"}, []string{"bash"}},
		{"ringfence audit --via ", []string{"phone", "feed"}, []string{"--via"}},
		{"ringfence asterisk-conf ", []string{"ari.conf"}, nil},
		{"ringfence serve --log-format ", []string{"auto", "json"}, nil},
		{"ringfence log ", []string{"show", "block"}, nil},
		{"ringfence log show ", nil, []string{"show", "block"}},
		{"ringfence remove -- ", nil, []string{"--to"}},
	}
	for _, test := range tests {
		t.Run(test.line, func(t *testing.T) {
			// Bash ends a word before and after each = too.
			spaced := strings.ReplaceAll(test.line, "=", " = ")
			if strings.HasSuffix(test.line, "=") {
				spaced = strings.TrimSuffix(spaced, " ")
			}
			words := strings.Split(spaced, " ")
			script := scripts["bash"] + `
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { :; }
_ringfence
printf '%s\n' "${COMPREPLY[@]}"
`
			// The question to Redis has an end.
			t.Setenv("RINGFENCE_REDIS", "redis://127.0.0.1:1/0")
			command := exec.CommandContext(t.Context(), bash, append([]string{"--norc", "-c", script, "bash"}, words...)...)
			out, err := command.CombinedOutput()
			if err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			offers := strings.Fields(string(out))
			for _, word := range test.offered {
				if !slices.Contains(offers, word) {
					t.Errorf("%q is not offered, only %q", word, offers)
				}
			}
			for _, word := range test.not {
				if slices.Contains(offers, word) {
					t.Errorf("%q is offered", word)
				}
			}
		})
	}
}

// Text of others is offered as it is: a shell neither runs nor splits it.
func TestBashCompletionQuotes(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("this machine has no bash to complete in")
	}
	script := `ringfence() { printf '%s\n' '$(touch ran)' 'two words' "it's" 'mode='; }
compopt() { echo "compopt $*"; }
` + scripts["bash"] + `
COMP_WORDS=(ringfence list --source "")
COMP_CWORD=3
_ringfence
printf '%s\n' "${COMPREPLY[@]}"
`
	command := exec.CommandContext(t.Context(), bash, "--norc", "-c", script)
	command.Dir = t.TempDir()
	out, err := command.CombinedOutput()
	if want := "\\$\\(touch\\ ran\\)\ntwo\\ words\nit\\'s\nmode=\n"; err != nil || string(out) != want {
		t.Errorf("%v: got %q, want %q", err, out, want)
	}
}

// Names come from Redis; without it there are none, soon.
func TestCompletionOfNames(t *testing.T) {
	redis := labtest.NeedRedis(t, lab.RedisOptions{})
	p := &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, now: time.Now, configFile: t.TempDir() + "/absent.yml"}
	run := func(url string, words ...string) string {
		t.Helper()
		var out bytes.Buffer
		p.out, p.environ = &out, func() []string { return []string{"RINGFENCE_REDIS=" + url} }
		if err := p.run(t.Context(), append([]string{"ringfence"}, words...)); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	run(redis.URL(), "feed", "add", "nuisance", "https://example.org/a.csv")
	run(redis.URL(), "hours", "set", "+4930888", "24/7; zone UTC")
	list := t.TempDir() + "/survey.txt"
	if err := os.WriteFile(list, []byte("+4930666200\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	run(redis.URL(), "import", list)
	for line, want := range map[string]string{
		"feed run": "nuisance", "feed show": "nuisance", "feed remove nui": "nuisance", "hours show": "+4930888", "hours remove": "default",
		"list --source": "survey", "remove --source": "nuisance", "import undo": "-", "audit undo": "-0", "log show": "",
	} {
		words := append(strings.Fields(line), "", completionFlag)
		if got := run(redis.URL(), words...); !strings.Contains(got, want) {
			t.Errorf("%s: %q is not offered, only %q", line, want, got)
		}
		if got := run("redis://127.0.0.1:1/0", words...); strings.Contains(got, want) && want != "" {
			t.Errorf("%s: without Redis there is %q", line, got)
		}
	}
}

// TestCompletionsParse lets each shell that is here read its script.
func TestCompletionsParse(t *testing.T) {
	for shell, script := range scripts {
		t.Run(shell, func(t *testing.T) {
			path, err := exec.LookPath(shell)
			if err != nil {
				t.Skipf("this machine has no %s", shell)
			}
			command := exec.CommandContext(t.Context(), path, "-n")
			command.Stdin = strings.NewReader(script)
			if out, err := command.CombinedOutput(); err != nil || len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// The manual page has every command with its examples.
func TestManual(t *testing.T) {
	_, page, err := runHere(t, "man")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{".TH", "ringfence log show ID", `ringfence block +4930123456`, "Redis or Asterisk is unreachable", "\\fB--reason\\fP"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}
