package cli

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"
)

var (
	// ranCommand matches a command of ours in a code block or a code span.
	ranCommand = regexp.MustCompile("(?m)(?:^ *|`|\\$ )ringfence ([a-z][^`|\n]*)")
	ranFlag    = regexp.MustCompile(`(?:^|\s)--([a-z-]+)`)
	// loneFlag matches a flag in a code span of its own.
	loneFlag = regexp.MustCompile("`--([a-z-]+)")
)

// flagsOf adds the flags of each command to what is known, by the command's words.
func flagsOf(commands []*cli.Command, parent string, known map[string][]string) {
	for _, c := range commands {
		name := strings.TrimSpace(parent + " " + c.Name)
		known[name] = []string{"help"}
		for _, f := range c.Flags {
			known[name] = append(known[name], f.Names()...)
		}
		flagsOf(c.Subcommands, name, known)
	}
}

// The documents name only commands and flags that there are.
func TestDocumentsNameRealCommands(t *testing.T) {
	p := &program{environ: func() []string { return nil }, now: time.Now}
	flags := map[string][]string{}
	flagsOf(p.commands(), "", flags)
	anywhere := slices.Concat(slices.Collect(maps.Values(flags))...)
	names, err := filepath.Glob(root + "/docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, root+"/README.md") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range loneFlag.FindAllStringSubmatch(string(text), -1) {
			if !slices.Contains(anywhere, match[1]) {
				t.Errorf("%s: no command has a flag --%s", filepath.Base(name), match[1])
			}
		}
		for _, match := range ranCommand.FindAllStringSubmatch(string(text), -1) {
			words := strings.Fields(match[1])
			command := ""
			for n := min(len(words), 2); n > 0 && command == ""; n-- {
				if _, there := flags[strings.Join(words[:n], " ")]; there {
					command = strings.Join(words[:n], " ")
				}
			}
			if command == "" {
				t.Errorf("%s: there is no command `ringfence %s`", filepath.Base(name), match[1])
				continue
			}
			for _, flag := range ranFlag.FindAllStringSubmatch(match[1], -1) {
				if !slices.Contains(flags[command], flag[1]) {
					t.Errorf("%s: `ringfence %s` has no flag --%s", filepath.Base(name), command, flag[1])
				}
			}
		}
	}
}
