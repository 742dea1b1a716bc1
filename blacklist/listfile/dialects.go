package listfile

import (
	"slices"
	"strings"
)

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
