package listfile

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// header is the names of a file's columns, as they are compared: in lower
// case, without anything but letters and digits.
type header []string

func newHeader(fields []string) header {
	names := make(header, len(fields))
	for i, field := range fields {
		names[i] = columnName(field)
	}
	return names
}

func columnName(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsLetter(c) || unicode.IsDigit(c) {
			return unicode.ToLower(c)
		}
		return -1
	}, text)
}

// missing is the place of a column that a file doesn't have.
const missing = -1

// column returns where the first column with one of the names is, the names
// in the order in which they are preferred.
func (h header) column(names ...string) int {
	for _, name := range names {
		if i := slices.Index(h, name); i >= 0 {
			return i
		}
	}
	return missing
}

func (h header) has(names ...string) bool { return h.column(names...) != missing }

// twice returns the first of the names that two columns have, "" if none has.
// Names parted by | are one column's.
func (h header) twice(names []string) string {
	for _, name := range names {
		for alias := range strings.SplitSeq(name, "|") {
			if i := h.column(columnName(alias)); i >= 0 && h[i+1:].has(columnName(alias)) {
				return alias
			}
		}
	}
	return ""
}

// cell returns the text of a column, "" if the row or the file lacks it.
func (rec record) cell(column int) string {
	if column < 0 || column >= len(rec.fields) {
		return ""
	}
	return rec.fields[column]
}

// fit holds a record to the columns of its header. If it has more cells, a
// delimiter in a text wasn't quoted: where the text is the last column, it is
// put together again, else nothing stands where the header says.
// Empty cells at the end are let pass if they aren't a machine's.
func (rec *record) fit(columns int, textIsLast, strict bool, delimiter byte) {
	surplus := rec.fields[min(columns, len(rec.fields)):]
	if len(surplus) == 0 || !strict && !slices.ContainsFunc(surplus, func(cell string) bool { return cell != "" }) {
		return
	}
	if !textIsLast || columns == 0 {
		rec.broken = fmt.Sprintf("it has %d cells, the header %d; quote texts that hold a delimiter", len(rec.fields), columns)
		return
	}
	joined := strings.Join(rec.fields[columns-1:], string(rune(delimiter)))
	rec.fields = append(slices.Clip(rec.fields[:columns-1]), joined)
}
