package listfile

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// openPlain reads a number at the beginning of each line, or several. The text after
// them or in a comment is the reason.
func openPlain(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
	l.delimiter = whole
	return parsed(l, func(rec record, yield func(Row) bool) bool {
		line := n.plainLine(string(rec.text))
		if line.blank {
			return true
		}
		if line.mixed {
			return yield(rec.refused(&Problem{
				Cause: SeveralNumbers, Detail: mixedLine + ", or give the columns names",
			}))
		}
		if line.pieces {
			return yield(rec.refused(&Problem{Cause: SeveralNumbers, Detail: numberInPieces}))
		}
		for _, text := range line.texts {
			row := n.row(rec, text, words(line.reason), options)
			if !yield(row) {
				return false
			}
		}
		return true
	})
}

// plainText is a line of plain text.
type plainText struct {
	// texts have a number each; a line that is not blank has at least one.
	texts  []string
	reason string
	// blank is a line without text, or with a comment only.
	blank bool
	// mixed is a line where a number and a text follow in one cell, or a number follows a
	// reason; pieces is one that has a number in pieces.
	mixed, pieces bool
}

// plainLine splits a line into numbers and reason. What follows a delimiter is a reason
// only if it is not a number.
func (n numbers) plainLine(text string) plainText {
	_, separator := separatorLine([]byte(text))
	text, comment := uncommented(text)
	text = strings.TrimFunc(text, isInvisible)
	if text == "" || separator {
		return plainText{blank: true}
	}
	cells := plainCells(text)
	first := cells[0]
	line := plainText{texts: n.firstTexts(&first)}
	least := minTelling
	for _, text := range line.texts {
		least = min(least, max(digitsOf(text), 2))
	}
	rest := cells[1:]
	if first == "" {
		// Beside a number as it is dialled, other digits may be a time.
		timed := dialled.MatchString(line.texts[0])
		for len(rest) > 0 && n.isNumber(unquoted(rest[0]), least) && (!timed || !seconds.MatchString(unquoted(rest[0]))) {
			line.texts = append(line.texts, n.several(unquoted(rest[0]))...)
			rest = rest[1:]
		}
	}
	numbers := 0
	for _, cell := range rest {
		if dialled.MatchString(cell) && n.isNumber(unquoted(cell), minTelling+2) {
			numbers++
		}
	}
	// A list on one line may have entries that are no numbers.
	if list := len(line.texts) > 2 && len(rest) > 1; list || numbers > 0 {
		if line.mixed = !list && 2*(len(rest)-numbers) > len(cells); !line.mixed {
			for _, cell := range rest {
				line.texts = append(line.texts, n.several(unquoted(cell))...)
			}
			rest = nil
		}
	}
	line.mixed = line.mixed || slices.ContainsFunc(rest, beginsWithNumber)
	line.pieces = n.arePieces(line.texts)
	line.reason = plainWords(append([]string{first}, rest...))
	if line.reason == "" {
		line.reason = strings.TrimPrefix(comment, "=") // NCID's name to display.
	}
	if line.texts[0] == "" && line.reason == "" {
		line.texts[0] = text // A line of delimiters is a row without a number.
	}
	return line
}

// leading matches the number at the beginning of a text.
var leading = regexp.MustCompile(`^[+＋]?[\d\s./()-]+`)

// beginsWithNumber reports whether a text is a number and words behind it.
func beginsWithNumber(cell string) bool {
	cell = unquoted(cell)
	number := leading.FindString(cell)
	if number == cell || moment.MatchString(cell) || seconds.MatchString(strings.TrimSpace(number)) {
		return false
	}
	const whole = 10 // digits of a number as it is dialled without + or 0
	digits := digitsOf(number)
	return digits >= whole || digits >= minTelling+2 && dialled.MatchString(cell)
}

// firstTexts returns the numbers of the first cell: one or more in quotes, or bare. It
// leaves the text after a quote that is not a number.
func (n numbers) firstTexts(cell *string) (texts []string) {
	rest := strings.TrimFunc(*cell, isInvisible)
	for {
		quoted, ok := strings.CutPrefix(rest, `"`)
		if !ok || !strings.Contains(quoted, `"`) {
			break
		}
		quoted, rest, _ = strings.Cut(quoted, `"`)
		rest = strings.TrimFunc(rest, isInvisible)
		texts = append(texts, n.several(quoted)...)
	}
	if len(texts) == 0 || n.isNumber(rest, minTelling) {
		texts, rest = append(texts, n.several(rest)...), ""
	}
	*cell = rest
	return texts
}

// plainCells splits a line at the delimiters that are not in quotes. A URI keeps its
// parameters.
func plainCells(text string) (cells []string) {
	if i := strings.IndexAny(text, ",;\t|"); i < 0 || text[0] != '"' && parameter(text[i:]) || isExpression(text) && strings.Count(text[:i], "(") > strings.Count(text[:i], ")") {
		return []string{text}
	}
	begin, quoted := 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted && strings.IndexByte(text[i+1:], '"') >= 0
		case !quoted && strings.IndexByte(",;\t|", c) >= 0:
			cells = append(cells, text[begin:i])
			begin = i + 1
		}
	}
	return append(cells, text[begin:])
}

// unquoted returns a cell without quotes around it.
func unquoted(cell string) string {
	return strings.Trim(strings.TrimFunc(cell, isInvisible), `"`)
}

func digitsOf(text string) (count int) {
	for _, c := range text {
		if unicode.IsDigit(c) {
			count++
		}
	}
	return count
}

// parameter reports whether the rest belongs to the URI of the number.
func parameter(rest string) bool {
	return strings.HasPrefix(rest, ";") && strings.Contains(rest, "=") && !strings.ContainsAny(rest, " ,")
}

// plainWords joins the cells after a number.
func plainWords(cells []string) string {
	cells = slices.Clone(cells)
	for i, cell := range cells {
		cells[i] = strings.Trim(cell, ` "`)
	}
	return strings.Join(slices.DeleteFunc(cells, func(cell string) bool { return cell == "" }), ", ")
}

// uncommented splits off a comment: a # at the start of a line, after a blank or
// delimiter, or before a blank, a letter or a =. The # of a star code stays.
func uncommented(line string) (text, comment string) {
	for i, before := 0, ' '; i < len(line); {
		c, size := utf8.DecodeRuneInString(line[i:])
		after, _ := utf8.DecodeRuneInString(line[i+size:])
		if c == '#' && (unicode.IsSpace(before) || strings.ContainsRune(",;|", before) || unicode.IsSpace(after) || unicode.IsLetter(after) || after == '=') {
			return line[:i], line[i+1:]
		}
		before = c
		i += size
	}
	return line, ""
}

// jsonArray matches the beginning of an array of JSON.
var jsonArray = regexp.MustCompile(`^\[\s*(?:$|["{+0-9])`)

// looksPlain reports whether most of the first lines begin with a number. If a line with
// several columns does not begin with a number, it is an unknown header: columns are
// never detected by their position.
func looksPlain(l *lines, options Options) bool {
	const sample = 20
	n := numbers{region: options.Region, impossible: true}
	good, all := 0, 0
	for all < sample {
		rec, ok := l.next()
		if !ok {
			break
		}
		decode(&rec)
		line := n.plainLine(string(rec.text))
		if line.blank {
			continue
		}
		all++
		_, problem := n.read(line.texts[0])
		switch {
		case all == 1 && (rec.text[0] == '{' || jsonArray.Match(rec.text)):
			return false
		case problem == nil || problem.Cause == TooLong || problem.Cause == BadPattern && isExpression(line.texts[0]) || n.isNumber(line.texts[0], 2):
			good++
		case good == 0 && bytes.ContainsAny(rec.text, ",;\t|"):
			return false
		}
	}
	return good > 0 && 2*good >= all
}
