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

// dialect is a format that is known by the names of its columns.
type dialect struct {
	format Format
	// columns must all be there, as newHeader has them; names parted by | are
	// one column's.
	columns []string
	// marks must be there, too, for a file to be recognised.
	marks []string
	// text is the column of free text, in which a delimiter may have been
	// forgotten to be quoted.
	text   string
	parser func(h header, n numbers, options Options) parser
}

// dialects are asked in this order.
var dialects = []dialect{
	{FTC, []string{"Company_Phone_Number"}, nil, "", newFTC},
	{FCC, []string{"Caller ID Number"}, nil, "", newFCC},
	{CallAttendant, []string{"PhoneNo"}, nil, "reason", newCallAttendant},
	{Plum, []string{"ANI", "delete"}, nil, "", newPlum},
	{YeastarCloud, []string{"name", "number"}, []string{"outlist"}, "", newYeastar},
	{YeastarP, []string{"name", "number"}, []string{"type"}, "", newYeastar},
	{FreePBX, []string{"number", "description"}, nil, "description", newFreePBX},
	{CSV, []string{"number"}, nil, "reason", newOwnCSV},
	{ThreeCX, []string{"Caller ID|Number|PhoneNumber"}, []string{"Description"}, "description", newThreeCX},
}

func (d dialect) fits(h header, asked Format) bool {
	if asked != Any && asked != d.format {
		return false
	}
	lacks := func(names string) bool {
		return !slices.ContainsFunc(strings.Split(names, "|"), func(name string) bool { return h.has(columnName(name)) })
	}
	return !slices.ContainsFunc(d.columns, lacks) && (asked != Any || !slices.ContainsFunc(d.marks, lacks))
}

// open reads a file that has a header.
func (d dialect) open(delimiter byte) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		l.delimiter = delimiter
		names := headerOf(l)
		parse, textIsLast := d.parser(names, n, options), d.text != "" && names.has(d.text) && names.column(d.text) == len(names)-1
		return parsed(l, func(rec record, yield func(Row) bool) bool {
			if rec.fit(len(names), textIsLast, d.format.Complaints(), delimiter); rec.broken != "" {
				return yield(rec.refused(&Problem{Cause: BrokenRow, Detail: rec.broken}))
			}
			return parse(rec, yield)
		})
	}
}
