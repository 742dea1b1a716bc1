package cli

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

const (
	// maxPiece is how many digits an argument has at most that is probably a piece of
	// a number: an area code, or a group of digits.
	maxPiece = 5
	// maxNumber is the maximum number of digits of a number.
	maxNumber = 15
)

// unquoted returns an error if arguments look like one number that was typed with
// blanks and without quotes, such as 030 23125000: each piece would be another number.
// --force says that they are several.
func unquoted(c *cli.Context) error {
	words := c.Args().Slice()
	if err := unquotedTo(c.String("to"), words); err != nil {
		return err
	}
	numbers := slices.DeleteFunc(slices.Clone(words), func(word string) bool { return word == stdinArgument })
	if len(numbers) < 2 || c.Bool(forceName) {
		return nil
	}
	piece, digits, one, opened := "", 0, true, strings.ContainsAny(numbers[0][:min(1, len(numbers[0]))], "+0(")
	for i, word := range numbers {
		n, only := digitsOf(word)
		digits += n
		if only && n <= maxPiece && piece == "" {
			piece = word
		}
		one = one && only && (i == 0 || !strings.HasPrefix(word, "+"))
		opened = opened && (i == 0 || !strings.HasPrefix(word, "0"))
	}
	one = one && digits > maxPiece && digits <= maxNumber
	several := ""
	if flagNamed(c.Command.Flags, "--"+forceName) != nil {
		several = "; if it is several, use --" + forceName
	}
	switch {
	case one && (piece != "" || opened):
		return usagef("these look like one number: quote it: %s '%s'%s", c.Command.HelpName, strings.Join(words, " "), several)
	case piece != "":
		return usagef("%q looks like a piece of a number: quote a number with blanks: %s '030 123456'%s", piece, c.Command.HelpName, several)
	}
	return nil
}

// unquotedTo returns an error if --to has the first piece of a number, and an argument
// looks like the next one, as in --to 030 23125000.
func unquotedTo(to string, words []string) error {
	if !opens(to) {
		return nil
	}
	for _, word := range words {
		if _, only := digitsOf(word); only && word != stdinArgument && !strings.ContainsAny(word[:min(1, len(word))], "+0") {
			return usagef("these look like one number: quote it: --to '%s %s'", to, word)
		}
	}
	return nil
}

// unquotedDialled returns an error if names of dialled numbers look like one number
// that was typed without quotes. Unlike callers, they are often extensions: only a
// first piece with a + or 0 gives it away.
func unquotedDialled(c *cli.Context) error {
	words := c.Args().Slice()
	if len(words) < 2 || !opens(words[0]) {
		return nil
	}
	for _, word := range words[1:] {
		if _, only := digitsOf(word); !only || strings.ContainsAny(word[:min(1, len(word))], "+0") {
			return nil
		}
	}
	return usagef("these look like one number: quote it: %s '%s'", c.Command.HelpName, strings.Join(words, " "))
}

// opens reports whether a word is probably the first piece of a number: +49, 030 or (030).
func opens(word string) bool {
	digits, only := digitsOf(word)
	return only && 0 < digits && digits <= maxPiece && strings.ContainsAny(word[:1], "+0(")
}

// digitsOf returns how many digits an argument has, and whether it has nothing else
// but a + and separators.
func digitsOf(word string) (digits int, only bool) {
	only = true
	for _, c := range strings.TrimPrefix(strings.TrimPrefix(word, "("), "+") {
		if '0' <= c && c <= '9' {
			digits++
		} else if !strings.ContainsRune(" -/().,;_", c) {
			only = false
		}
	}
	return digits, only
}
