package cli

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// doctorTexts returns every text in the code of doctor.
func doctorTexts(t *testing.T) []string {
	t.Helper()
	names, err := filepath.Glob(root + "/doctor/*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d files, %v", len(names), err)
	}
	var texts []string
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					texts = append(texts, text)
				}
			}
			return true
		})
	}
	return texts
}

// Doctor prints only commands and flags of ours that there are, and no unit of
// systemd: none is installed.
func TestDoctorNamesRealCommands(t *testing.T) {
	t.Parallel()
	p := &program{environ: func() []string { return nil }, now: time.Now}
	flags := map[string][]string{}
	flagsOf(p.commands(), "", flags)
	commands := 0
	for _, text := range doctorTexts(t) {
		if strings.Contains(text, "systemctl") || strings.Contains(text, "journalctl") {
			t.Errorf("doctor says %q", text)
		}
		// What Target.ringfence runs has no name of the program, but a subcommand.
		words := strings.Fields(text)
		named := len(words) > 1 && words[0] == "ringfence"
		if named {
			words = words[1:]
		} else if len(words) < 2 || words[0] == "config" || !hasSubcommands(flags, words[0]) {
			continue // Redis has a command CONFIG too.
		}
		commands++
		// A sentence may begin so: "ringfence serve runs at".
		known := flags[words[0]]
		if hasSubcommands(flags, words[0]) {
			known = flags[strings.Join(words[:min(2, len(words))], " ")]
		}
		if known == nil {
			t.Errorf("there is no command in %q", text)
		}
		for _, word := range words {
			if name, is := strings.CutPrefix(word, "--"); is && name != "" && !slices.Contains(known, name) {
				t.Errorf("there is no flag %s in %q", word, text)
			}
		}
	}
	if commands < 5 {
		t.Errorf("only %d commands were found", commands)
	}
}

func hasSubcommands(flags map[string][]string, command string) bool {
	for name := range flags {
		if strings.HasPrefix(name, command+" ") {
			return true
		}
	}
	return false
}

// Doctor knows where each option comes from, and which files hold passwords.
func TestDoctorTarget(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ringfence.yml")
	if err := os.WriteFile(file, []byte("ari-password: secret\nregion: DE\nsmtp: smtp://u:p@h\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	code, out, err := runHere(t, "doctor", "--config", file, "--redis", "redis://:secret@"+freeAddress(t), "--ari-url", "http://"+freeAddress(t)+"/ari",
		"--http", freeAddress(t), "--asterisk-command", "/absent/asterisk -rx", "--asterisk-conf", t.TempDir()+"/absent")
	if code != exitUnreachable {
		t.Errorf("exit code %d, %v", code, err)
	}
	for _, text := range []string{
		"warn  secrets      every user of this machine can read " + file + ", which holds ari-password, smtp (mode 644)\n                   > sudo chmod 640 " + file + "\n",
		"warn  secrets      other users of this machine see the password in --redis",
	} {
		if !strings.Contains(out, text) {
			t.Errorf("%q is not in\n%s", text, out)
		}
	}
	if strings.Contains(out, "secret@") {
		t.Errorf("a password is shown:\n%s", out)
	}
}
