package listfile

import (
	"regexp"
	"slices"
	"strings"
)

// minTelling is how many digits a text has at least that is a number and not a count, a
// year or a mark such as FreePBX' 1.
const minTelling = 5

// between separates the numbers of a cell in contacts of Google.
const between = ":::"

// several returns the texts of a cell that have a number each; the cell itself if it has
// no more than one.
func (n numbers) several(cell string) []string {
	if isExpression(cell) {
		return expressions(cell)
	}
	if !strings.ContainsFunc(strings.TrimPrefix(cell, "+"), mayPart) {
		return []string{cell}
	}
	var texts []string
	for part := range strings.SplitSeq(cell, between) {
		for line := range strings.FieldsFuncSeq(part, func(c rune) bool { return c == '\n' || c == '\r' }) {
			if strings.TrimFunc(line, isInvisible) == "" {
				continue
			}
			if parts := n.region.Several(line); len(parts) > 0 {
				texts = append(texts, parts...)
			} else {
				texts = append(texts, line)
			}
		}
	}
	if len(texts) == 0 {
		return []string{cell}
	}
	return texts
}

// expressions returns the expressions of a text, separated by blanks. Each of several
// begins with ^, because an expression may have a blank.
func expressions(text string) []string {
	parts := strings.Fields(text)
	if slices.ContainsFunc(parts, func(part string) bool { return !strings.HasPrefix(part, "^") }) {
		return []string{text}
	}
	return parts
}

// mayPart reports whether a character may stand between two numbers: a + may begin the
// second one.
func mayPart(c rune) bool {
	return (c < '0' || c > '9') && c != '*' && c != '-' && c != '(' && c != ')'
}

// each yields a row for each number of a cell.
func (n numbers) each(rec record, cell, reason string, options Options, yield func(Row) bool) bool {
	for _, text := range n.several(cell) {
		if !yield(n.row(rec, text, reason, options)) {
			return false
		}
	}
	return true
}

var (
	// numeric are texts that have only what numbers and patterns have.
	numeric = regexp.MustCompile(`^[\s+＋\d*#()./\\_?!%\[\]^$XxZzNn•·∙⋅・．／～−―–—-]+$`)
	// moment are texts that have only digits because they are dates or times.
	moment = regexp.MustCompile(`^(\d{4}-\d{1,2}-\d{1,2}|\d{1,2}[./-]\d{1,2}[./-](\d{4}|\d{2})|\d{4}/\d{1,2}/\d{1,2})\b|^\d{1,2}:\d{2}`)
	// seconds are since 1970, or milliseconds.
	seconds = regexp.MustCompile(`^\s*1[4-9]\d{8}(\d{3})?\s*$`)
	// dialled are texts that begin as a number that can be dialled.
	dialled = regexp.MustCompile(`^\W*[+＋0]`)
)

// isNumber reports whether a text is a number or a pattern with at least so many digits,
// and not a date.
func (n numbers) isNumber(text string, least int) bool {
	text = strings.TrimFunc(text, isInvisible)
	digits := 0
	for _, c := range text {
		if '0' <= c && c <= '9' {
			digits++
		}
	}
	if moment.MatchString(text) || digits < least {
		return false
	}
	if numeric.MatchString(text) {
		return true
	}
	n.impossible, n.own = true, true
	_, problem := n.read(text)
	return problem == nil || problem.Cause == NoCountry
}
