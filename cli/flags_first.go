package cli

import (
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
)

// flagsFirst moves flags before arguments. The library would take everything
// after the first argument for arguments, so `block 123 --reason spam` would
// list "spam". The result is the program, the command and its subcommand, the
// flags with their values, and the arguments, after "--" if one of them looks
// like a flag. Sorting the result again does not change it. The error names a
// flag without its value.
func flagsFirst(args []string, commands []*cli.Command) ([]string, error) {
	if len(args) == 0 {
		return args, nil
	}
	takes, repeats := takesValue(commands)
	s := sorter{takesValue: takes, repeats: repeats, commands: commands}
	rest := args[1:]
	for len(rest) > 0 {
		used, err := s.take(rest)
		if err != nil {
			return nil, err
		}
		rest = rest[used:]
	}
	sorted := append([]string{args[0]}, s.path...)
	sorted = append(sorted, s.flags...)
	if slices.ContainsFunc(s.arguments, looksLikeFlag) {
		sorted = append(sorted, "--")
	}
	return append(sorted, s.arguments...), nil
}

// sorter is the state of flagsFirst.
type sorter struct {
	takesValue map[string]bool
	// repeats has the flags that may be repeated; seen are others that were read.
	repeats map[string]bool
	seen    []string
	// commands are the commands that the next word may name.
	commands []*cli.Command
	// takesArguments says that the next word may also be an argument.
	takesArguments         bool
	path, flags, arguments []string
	// terminated says that "--" was read.
	terminated bool
}

// take sorts the first words, and returns how many it used.
func (s *sorter) take(words []string) (used int, err error) {
	word := words[0]
	if first, size := utf8.DecodeRuneInString(word); !s.terminated && strings.ContainsRune("‐‑‒–—―−", first) && len(word) > size && unicode.IsLetter(rune(word[size])) {
		return 0, usagef("%q begins with another dash than -: write --%s", word, word[size:])
	}
	switch {
	case s.terminated || !looksLikeFlag(word):
		s.argument(word)
	case word == "--":
		s.terminated = true
	default:
		s.flags = append(s.flags, word)
		name := strings.TrimPrefix(strings.TrimPrefix(word, "-"), "-")
		name, _, valued := strings.Cut(name, "=")
		if s.takesValue[name] && !s.repeats[name] {
			if slices.Contains(s.seen, name) {
				return 0, usagef("--%s is set twice: remove one of them", name)
			}
			s.seen = append(s.seen, name)
		}
		if valued || !s.takesValue[name] {
			return 1, nil
		}
		if len(words) == 1 {
			return 0, usagef("--%s needs a value", name)
		}
		s.flags = append(s.flags, words[1])
		return 2, nil
	}
	return 1, nil
}

// argument sorts the name of a command or an argument. An unknown name keeps
// its place, so that it is reported, unless the command before it takes
// arguments.
func (s *sorter) argument(word string) {
	if s.commands == nil || looksLikeFlag(word) {
		s.arguments = append(s.arguments, word)
		return
	}
	var next *cli.Command
	for _, command := range s.commands {
		if command.HasName(word) {
			next = command
		}
	}
	switch {
	case next != nil:
		s.path = append(s.path, word)
		s.commands, s.takesArguments = next.Subcommands, hasAction(next)
	case s.takesArguments:
		s.arguments = append(s.arguments, word)
		s.commands = nil
	default:
		s.path = append(s.path, word)
		s.commands = nil
	}
}

// looksLikeFlag reports whether package flag takes a word for a flag.
func looksLikeFlag(word string) bool {
	return len(word) > 1 && word[0] == '-'
}

// takesValue returns, by name, whether the flags of the commands take a value, and
// whether they may be repeated. A flag has the same type in every command.
func takesValue(commands []*cli.Command) (names, repeats map[string]bool) {
	names, repeats = make(map[string]bool), make(map[string]bool)
	for _, command := range commands {
		for _, f := range command.Flags {
			valued, ok := f.(cli.DocGenerationFlag)
			for _, name := range f.Names() {
				names[name] = ok && valued.TakesValue()
				if _, several := f.(*cli.StringSliceFlag); several {
					repeats[name] = true
				}
			}
		}
		inner, innerRepeats := takesValue(command.Subcommands)
		maps.Copy(names, inner)
		maps.Copy(repeats, innerRepeats)
	}
	return names, repeats
}
