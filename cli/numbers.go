package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// stdinArgument stands for numbers that are read from stdin, one a line.
const stdinArgument = "-"

// word is one number as it was typed, and where.
type word struct {
	text string
	// where is "line 3: " for the third line of stdin, "" for an argument.
	where string
}

// words returns the arguments of the command, with stdin in place of "-".
func (p *program) words(c *cli.Context) ([]word, error) {
	var words []word
	read := false
	for _, argument := range c.Args().Slice() {
		if argument != stdinArgument {
			words = append(words, word{text: argument})
			continue
		}
		if read {
			return nil, usagef("stdin (-) can be read only once")
		}
		read = true
		lines, err := readLines(p.in)
		if err != nil {
			return nil, err
		}
		words = append(words, lines...)
	}
	if len(words) == 0 && !read {
		return nil, usagef("which number? See `%s --help`", c.Command.HelpName)
	}
	return words, nil
}

// readLines returns the lines of a text that hold something: blank lines and
// comments, which begin with # at the start of a line or after a blank, are
// left out.
func readLines(r io.Reader) ([]word, error) {
	var words []word
	scanner := bufio.NewScanner(r)
	number := 0
	for scanner.Scan() {
		number++
		line := scanner.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if text := strings.TrimSpace(uncommented(line)); text != "" {
			words = append(words, word{text: text, where: fmt.Sprintf("line %d: ", number)})
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, usagef("line %d: too long for a number", number+1)
	} else if err != nil {
		return nil, fmt.Errorf("read stdin: %w", err)
	}
	return words, nil
}

// uncommented cuts a comment off; the # of a star code stays.
func uncommented(line string) string {
	for i, before := 0, ' '; i < len(line); {
		r, size := utf8.DecodeRuneInString(line[i:])
		if r == '#' && unicode.IsSpace(before) {
			return line[:i]
		}
		before = r
		i += size
	}
	return line
}

// readRules reads the command's numbers and prefixes, all for the dialled
// number of --to if there is one. The error tells of each that is wrong.
func (p *program) readRules(c *cli.Context, region phone.Region) ([]blacklist.Rule, error) {
	words, err := p.words(c)
	if err != nil {
		return nil, err
	}
	to, err := readDialled(c, region)
	if err != nil {
		return nil, err
	}
	var rules []blacklist.Rule
	var wrong []error
	seen := make(map[blacklist.Rule]bool, len(words))
	for _, w := range words {
		pattern, err := region.Pattern(w.text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%s%w", w.where, err))
			continue
		}
		if rule := (blacklist.Rule{Pattern: pattern, To: to}); !seen[rule] {
			seen[rule] = true
			rules = append(rules, rule)
		}
	}
	if len(wrong) > 0 {
		return nil, usageError{errors.Join(wrong...)}
	}
	return rules, nil
}

func toFlag() cli.Flag {
	return &cli.StringFlag{Name: "to", Usage: "only for calls to this dialled `NUMBER`", DefaultText: "every dialled number"}
}

// readDialled reads --to; without it, it returns the zero Number.
func readDialled(c *cli.Context, region phone.Region) (phone.Number, error) {
	if !c.IsSet("to") {
		return phone.Number{}, nil
	}
	number, err := region.Number(c.String("to"))
	if err != nil {
		return phone.Number{}, usagef("--to: %w", err)
	}
	return number, nil
}
