package listfile

import "strings"

// The lists that hold a number a row and some words about it.

// newCallAttendant reads the list of callattendant.
func newCallAttendant(h header, n numbers, options Options) parser {
	number, name, reason := h.column("phoneno"), h.column("name"), h.column("reason")
	return func(rec record, yield func(Row) bool) bool {
		text := joined(words(rec.cell(name)), words(rec.cell(reason)))
		return yield(n.row(rec, rec.cell(number), text, options))
	}
}

// newThreeCX reads the number blacklist of 3CX. The number's column has had
// several names.
func newThreeCX(h header, n numbers, options Options) parser {
	number, description := h.column("callerid", "number", "phonenumber"), h.column("description")
	return func(rec record, yield func(Row) bool) bool {
		return yield(n.row(rec, rec.cell(number), words(rec.cell(description)), options))
	}
}

// newPlum reads the blocklist of Plum Voice, whose rows add or, with an x,
// remove.
func newPlum(h header, n numbers, options Options) parser {
	number, remove := h.column("ani"), h.column("delete")
	return func(rec record, yield func(Row) bool) bool {
		row := n.row(rec, rec.cell(number), "", options)
		switch mark := strings.TrimSpace(rec.cell(remove)); {
		case row.Problem != nil || mark == "":
		case strings.EqualFold(mark, "x"):
			row.Remove = true
		default:
			row = rec.refused(&Problem{Cause: BadValue, Detail: "delete: write x to remove the number, or nothing"})
		}
		return yield(row)
	}
}

// row makes the row of a number and its reason.
func (n numbers) row(rec record, number, reason string, options Options) Row {
	pattern, problem := n.read(number)
	if problem != nil {
		return rec.refused(problem)
	}
	row := Row{Line: rec.line, Reports: 1}
	row.Entry.Rule.Pattern, row.Entry.Kind, row.Entry.Reason = pattern, options.Kind, cut(reason, MaxText)
	return row
}
