package cli

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
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
		{"ringfence settings set mo", []string{"mode="}, nil},
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
			words := strings.Split(test.line, " ")
			script := scripts["bash"] + `
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
compopt() { :; }
_ringfence
printf '%s\n' "${COMPREPLY[@]}"
`
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
