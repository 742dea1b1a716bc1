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
