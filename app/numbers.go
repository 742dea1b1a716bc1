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
	"github.com/ringfence/ringfence/phone"
)

// Line is one number, or something else, as it was typed, and where.
type Line struct {
	Text string
	// Number counts the lines of a file from 1; 0 is no line.
	Number int
}

// wrong returns an error about the line.
func (l Line) wrong(err error) error {
	if l.Number == 0 {
		return err
	}
	return fmt.Errorf("line %d: %w", l.Number, err)
}

// ReadLines returns the lines of a text that hold something: blank lines and
// comments, which begin with # at the start of a line or after a blank, are
// left out.
func ReadLines(r io.Reader) ([]Line, error) {
	var lines []Line
	scanner := bufio.NewScanner(r)
	number := 0
	for scanner.Scan() {
		number++
		line := scanner.Text()
		if number == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if text := strings.TrimSpace(uncommented(line)); text != "" {
			lines = append(lines, Line{text, number})
		}
	}
	if err := scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, Errorf(Invalid, "", "line %d: too long for a number", number+1)
	} else if err != nil {
		return nil, fmt.Errorf("read stdin: %w", err)
	}
	return lines, nil
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

// Rules reads numbers and prefixes, each once, all for a dialled number or,
// with the zero Number, for every one. The error names each that is wrong.
func (l List) Rules(lines []Line, to phone.Number) ([]blacklist.Rule, error) {
	var rules []blacklist.Rule
	var wrong []error
	seen := make(map[blacklist.Rule]bool, len(lines))
	for _, line := range lines {
		pattern, err := l.Region.Pattern(line.Text)
		if err != nil {
			wrong = append(wrong, line.wrong(err))
			continue
		}
		if rule := (blacklist.Rule{Pattern: pattern, To: to}); !seen[rule] {
			seen[rule] = true
			rules = append(rules, rule)
		}
	}
	return rules, invalid(wrong)
}

// ReadDialled reads the dialled number of the field "to"; of "" it is the zero
// Number.
func ReadDialled(text string, region phone.Region) (phone.Number, error) {
	if text == "" {
		return phone.Number{}, nil
	}
	number, err := region.Number(text)
	if err != nil {
		return phone.Number{}, Errorf(Invalid, "to", "%w", err)
	}
	return number, nil
}
