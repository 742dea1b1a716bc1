package cli

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
)

// testCommands are the commands of the real program.
func testCommands() []*cli.Command {
	p := &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, environ: func() []string { return nil }, now: time.Now}
	return p.newApp().Commands
}

func TestFlagsFirst(t *testing.T) {
	tests := []struct{ name, args, want string }{
		{"nothing", "ringfence", "ringfence"},
		{"in order", "ringfence block --reason spam 123", "ringfence block --reason spam 123"},
		{"after the argument", "ringfence block 123 --reason spam", "ringfence block --reason spam 123"},
		{"between arguments", "ringfence block 123 --force 456 --for=1h 789", "ringfence block --force --for=1h 123 456 789"},
		{"before the command", "ringfence --redis redis://h block 123", "ringfence block --redis redis://h 123"},
		{"one dash", "ringfence block 123 -reason spam", "ringfence block -reason spam 123"},
		{"plus", "ringfence block +49123 --to +49456 +49789", "ringfence block --to +49456 +49123 +49789"},
		{"stdin", "ringfence block - --force", "ringfence block --force -"},
		{"a value like a flag", "ringfence block 123 --reason --force", "ringfence block --reason --force 123"},
		{"a value like the terminator", "ringfence block 123 --reason -- 456", "ringfence block --reason -- 123 456"},
		{"terminator", "ringfence block 1 --force -- -2 --reason", "ringfence block --force -- 1 -2 --reason"},
		{"needless terminator", "ringfence block --force -- 1", "ringfence block --force 1"},
		{"two terminators", "ringfence block -- 1 --", "ringfence block -- 1 --"},
		{"switch with a value", "ringfence block 1 --force=false", "ringfence block --force=false 1"},
		{"subcommand", "ringfence config --output json show", "ringfence config show --output json"},
		{"unknown command", "ringfence blok 1 --reason x", "ringfence blok --reason x 1"},
		{"unknown flag", "ringfence block 1 --reasn x", "ringfence block --reasn 1 x"},
		{"a command's name as an argument", "ringfence block list", "ringfence block list"},
		{"help", "ringfence --help", "ringfence --help"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := flagsFirst(strings.Fields(test.args), testCommands())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Fields(test.want), got); diff != "" {
				t.Errorf("wrong order (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFlagsFirstMissesValue(t *testing.T) {
	_, err := flagsFirst([]string{"ringfence", "block", "123", "--reason"}, testCommands())
	if _, ok := errors.AsType[*app.Error](err); !ok || err.Error() != "--reason needs a value" {
		t.Errorf("got %v", err)
	}
}

// A name has to mean the same everywhere: flags may come before the command.
func TestFlagNamesAgree(t *testing.T) {
	takes := make(map[string]bool)
	walk(testCommands(), "", func(name string, c *cli.Command) {
		for _, f := range c.Flags {
			flag := f.Names()[0]
			valued := f.(cli.DocGenerationFlag).TakesValue()
			if known, there := takes[flag]; there && known != valued {
				t.Errorf("--%s takes a value with one command and none with %s", flag, name)
			}
			takes[flag] = valued
		}
	})
}

func FuzzFlagsFirst(f *testing.F) {
	for _, args := range []string{
		"block\n123\n--reason\nspam", "--redis\nx\nblock\n-\n--force", "block\n--\n-1\n--", "config\nshow\n--output=json", "block\n\n-",
	} {
		f.Add(args)
	}
	commands := testCommands()
	f.Fuzz(func(t *testing.T, text string) {
		args := append([]string{"ringfence"}, strings.Split(text, "\n")...)
		once, err := flagsFirst(args, commands)
		if err != nil {
			return
		}
		twice, err := flagsFirst(once, commands)
		if err != nil {
			t.Fatalf("sorted once: %q; then: %v", once, err)
		}
		if diff := cmp.Diff(once, twice); diff != "" {
			t.Errorf("sorting twice differs (-once +twice):\n%s", diff)
		}
		if diff := cmp.Diff(sortedWords(args), sortedWords(once)); diff != "" {
			t.Errorf("words got lost or came up (-before +after):\n%s", diff)
		}
	})
}

// sortedWords returns the arguments in an order of their own, without terminators.
func sortedWords(args []string) []string {
	kept := slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == "--" })
	slices.Sort(kept)
	return kept
}
