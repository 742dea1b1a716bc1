package listfile

import (
	"fmt"
	"slices"
	"strings"
)

// header holds the names of a file's columns.
type header struct {
	names  []string // as they are compared
	titles []string // as they are in the file, printable
}

func newHeader(fields []string) header {
	h := header{make([]string, len(fields)), make([]string, len(fields))}
	for i, field := range fields {
		h.names[i], h.titles[i] = columnName(field), words(field)
	}
	return h
}

// missing is the index of a column that a file does not have.
const missing = -1

// column returns the index of the first column with one of the names. Earlier names
// are preferred.
func (h header) column(names ...string) int {
	for _, name := range names {
		if i := slices.Index(h.names, name); i >= 0 {
			return i
		}
	}
	return missing
}

func (h header) has(names ...string) bool { return h.column(names...) != missing }

// duplicate returns the first name that two columns have, or "". Names separated by |
// mean the same column.
func (h header) duplicate(names []string) string {
	for _, name := range names {
		for alias := range strings.SplitSeq(name, "|") {
			if i := h.column(columnName(alias)); i >= 0 && slices.Contains(h.names[i+1:], columnName(alias)) {
				return alias
			}
		}
	}
	return ""
}

// cell returns the text of a column, "" if the row or the file does not have it.
func (rec record) cell(column int) string {
	if column < 0 || column >= len(rec.fields) {
		return ""
	}
	return rec.fields[column]
}

// fit compares a record with the columns of the header. If it has more cells, a
// delimiter in a text was not quoted. If the text is the last column, its parts are
// joined, else the record is broken. Empty cells at the end are ignored unless strict.
func (rec *record) fit(columns int, textIsLast, strict bool, delimiter byte) {
	surplus := rec.fields[min(columns, len(rec.fields)):]
	if len(surplus) == 0 || !strict && !slices.ContainsFunc(surplus, func(cell string) bool { return cell != "" }) {
		return
	}
	if !textIsLast || columns == 0 {
		rec.broken = fmt.Sprintf("the row has %d cells, but the header has %d; quote texts with a delimiter", len(rec.fields), columns)
		return
	}
	joined := strings.Join(rec.fields[columns-1:], string(rune(delimiter)))
	rec.fields = append(slices.Clip(rec.fields[:columns-1]), joined)
}

// dialect is a format that is detected by the exact names of its columns.
type dialect struct {
	format Format
	// columns are required; names separated by | mean the same column.
	columns []string
	// marks are also required to detect the format.
	marks []string
	// text is the column of free text, which may have unquoted delimiters.
	text   string
	parser func(h header, n numbers, options Options) parser
}

// dialects are tried in this order.
var dialects = []dialect{
	{FTC, []string{"Company_Phone_Number"}, nil, "", newFTC},
	{FCC, []string{"Caller ID Number"}, nil, "", newFCC},
	{CallAttendant, []string{"PhoneNo"}, []string{"Name|Reason"}, "reason", newCallAttendant},
	{Plum, []string{"ANI", "delete"}, nil, "", newPlum},
	{YeastarCloud, []string{"name", "number"}, []string{"outlist"}, "", newYeastar},
	{YeastarP, []string{"name", "number"}, []string{"type"}, "", newYeastar},
	{FreePBX, []string{"number", "description"}, nil, "description", newFreePBX},
	{SpamBlocker, []string{"pattern"}, nil, "", newSpamBlocker},
	{ThreeCX, []string{"Caller ID|Number|PhoneNumber"}, []string{"Description"}, "description", newThreeCX},
}

func (d dialect) fits(h header, asked Format) bool {
	if asked != Any && asked != d.format {
		return false
	}
	lacks := func(names string) bool {
		return !slices.ContainsFunc(strings.Split(names, "|"), func(name string) bool { return h.has(columnName(name)) })
	}
	if slices.ContainsFunc(d.columns, lacks) || asked == Any && slices.ContainsFunc(d.marks, lacks) {
		return false
	}
	return asked != Any || d.format.Complaints() || !d.more(h)
}

// fitsRow reports whether the first row may be of the format. Lists of contacts have a
// type too: mobile, home.
func (d dialect) fitsRow(h header, first record) bool {
	if d.format != YeastarP || first.fields == nil {
		return true
	}
	problem := inbound(first.cell(h.column("type")))
	return problem == nil || problem.Cause == Outbound
}

// more reports whether a header has further columns of numbers. Then it is another table.
func (d dialect) more(h header) bool {
	own := strings.Split(strings.Join(d.columns, "|"), "|")
	for i, title := range h.titles {
		if namesPhone(title) && !slices.ContainsFunc(own, func(name string) bool { return columnName(name) == h.names[i] }) {
			return true
		}
	}
	return false
}

// open reads a file with a header.
func (d dialect) open(delimiter byte) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		l.delimiter = delimiter
		names := headerOf(l)
		textIsLast := d.text != "" && names.has(d.text) && names.column(d.text) == len(names.names)-1
		return rowsOf(l, len(names.names), textIsLast, d.format.Complaints(), d.parser(names, n, options))
	}
}

// rowsOf reads the rows of a table with so many columns.
func rowsOf(l *lines, columns int, textIsLast, strict bool, parse parser) func(yield func(Row) bool) error {
	return parsed(l, func(rec record, yield func(Row) bool) bool {
		if rec.fit(columns, textIsLast, strict, l.delimiter); rec.broken != "" {
			return yield(rec.refused(&Problem{Cause: BrokenRow, Detail: rec.broken}))
		}
		return parse(rec, yield)
	})
}
