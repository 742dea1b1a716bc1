package listfile

import "strings"

// newYeastar reads the blocked numbers of Yeastar's telephone systems. A row
// names several numbers and patterns, parted by & or ^.
func newYeastar(h header, n numbers, options Options) parser {
	name, number, direction := h.column("name"), h.column("number"), h.column("type")
	return func(rec record, yield func(Row) bool) bool {
		if problem := inbound(rec.cell(direction)); problem != nil {
			return yield(rec.refused(problem))
		}
		reason, none := words(rec.cell(name)), true
		for text := range strings.FieldsFuncSeq(rec.cell(number), func(c rune) bool { return c == '&' || c == '^' }) {
			none = false
			digits, problem := asteriskPattern(text)
			row := n.row(rec, digits, reason, options)
			if problem != nil {
				row = rec.refused(problem)
			}
			if !yield(row) {
				return false
			}
		}
		return !none || yield(n.row(rec, "", reason, options))
	}
}

func inbound(cell string) *Problem {
	switch strings.ToLower(strings.TrimSpace(cell)) {
	case "", "inbound", "both":
		return nil
	case "outbound":
		return &Problem{Cause: Outbound, Detail: "it is about calls that the company makes"}
	}
	return &Problem{Cause: BadValue, Detail: "type: write inbound, outbound or both"}
}

// asteriskPattern makes a number, or a beginning that ends with *, of a
// pattern for Asterisk's dialplan. X stands for any digit, a point for some
// digits, ! for any; at the end they make a beginning, elsewhere they have no
// like here.
func asteriskPattern(text string) (string, *Problem) {
	digits := strings.TrimPrefix(strings.TrimSpace(text), "_")
	beginning := strings.TrimRight(digits, "Xx.!")
	switch {
	case strings.ContainsAny(beginning, "XxZzNn.![]"):
		return "", &Problem{Cause: BadPattern, Detail: text + ": only a number and its beginning can be listed; write its digits, with a * at the end for any others"}
	case beginning == "" && digits != "":
		return "", &Problem{Cause: BadPattern, Detail: text + ": it stands for every caller"}
	case beginning != digits:
		return beginning + "*", nil
	}
	return digits, nil
}
