package app

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// Line is a text that was typed, such as a number, and its line in a file.
type Line struct {
	Text string
	// Number is the line number from 1; 0 if the text is not from a file.
	Number int
	// Reason is the reason after a number; "" for none, and where none is read.
	Reason string
}

// inLine adds the line number to an error.
func (l Line) inLine(err error) error {
	if l.Number == 0 {
		return err
	}
	return fmt.Errorf("line %d: %w", l.Number, err)
}

// ReadLines returns the lines of a text without blank lines and comments. A comment
// begins with # at the start of a line or after a blank.
func ReadLines(r io.Reader) ([]Line, error) {
	return readLines(r, func(text string) string { return strings.TrimSpace(uncommented(text)) })
}

// ReadNumberLines returns the lines of a text that are not blank. ReadRules reads what
// is in them.
func ReadNumberLines(r io.Reader) ([]Line, error) { return readLines(r, strings.TrimSpace) }

// readLines returns the lines that read does not find empty.
func readLines(r io.Reader, read func(string) string) ([]Line, error) {
	var lines []Line
	scanner := bufio.NewScanner(r)
	number := 0
	for scanner.Scan() {
		number++
		line := scanner.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if text := read(line); text != "" {
			lines = append(lines, Line{Text: text, Number: number})
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, Errorf(Invalid, "", "line %d: too long for a number", number+1)
	} else if err != nil {
		return nil, err
	}
	return lines, nil
}

// uncommented removes a comment. The # of a star code stays.
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

// ReadRules reads numbers and prefixes, without duplicates, for a dialled number or a
// range; the zero Pattern means all. A line of a file is read as an import reads a text
// file: it has one or more numbers, and a reason after them. ReadRules also returns the
// line of each rule. The error names each invalid line.
func (l List) ReadRules(lines []Line, to phone.Pattern) (rules []blacklist.Rule, of map[blacklist.Rule]Line, err error) {
	var errs Errors
	of = make(map[blacklist.Rule]Line, len(lines))
	for _, line := range lines {
		texts := []string{line.Text}
		if line.Number > 0 {
			if texts, line.Reason, err = listfile.TypedLine(line.Text, l.Region); err != nil {
				errs.add("", line.inLine(err))
			}
		}
		for _, text := range texts {
			pattern, err := l.Region.Pattern(text)
			if err != nil {
				errs.add("", line.inLine(err))
				continue
			}
			rule := blacklist.Rule{Pattern: pattern, To: to}
			earlier, seen := of[rule]
			if line.Reason != "" && earlier.Reason != "" && line.Reason != earlier.Reason {
				errs.add("", line.inLine(fmt.Errorf("%s is there with another reason too: remove one of them", pattern)))
				continue
			}
			if !seen {
				rules = append(rules, rule)
			}
			if !seen || line.Reason != "" {
				of[rule] = Line{Text: text, Number: line.Number, Reason: line.Reason}
			}
		}
	}
	return rules, of, errs.err()
}

// ReadDialled reads the dialled number or range of the field "to"; "" is the zero
// Pattern.
func ReadDialled(text string, region phone.Region) (phone.Pattern, error) {
	if text == "" {
		return phone.Pattern{}, nil
	}
	pattern, err := region.Dialled(text)
	if err != nil {
		return phone.Pattern{}, Errorf(Invalid, "to", "%w", err)
	}
	return pattern, nil
}
