package listfile

import (
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// Lists with a number and a text per row.

// newCallAttendant reads the list of callattendant.
func newCallAttendant(h header, n numbers, options Options) parser {
	number, name, reason := h.column("phoneno"), h.column("name"), h.column("reason")
	return func(rec record, yield func(Row) bool) bool {
		text := joined(words(rec.cell(name)), words(rec.cell(reason)))
		return n.each(rec, rec.cell(number), text, options, yield)
	}
}

// newThreeCX reads the number blacklist of 3CX. The column of the number has several
// names.
func newThreeCX(h header, n numbers, options Options) parser {
	number, description := h.column("callerid", "number", "phonenumber"), h.column("description")
	return func(rec record, yield func(Row) bool) bool {
		return n.each(rec, rec.cell(number), words(rec.cell(description)), options, yield)
	}
}

// newPlum reads the blocklist of Plum Voice. A row adds a number or, with an x, removes
// it.
func newPlum(h header, n numbers, options Options) parser {
	number, remove := h.column("ani"), h.column("delete")
	return func(rec record, yield func(Row) bool) bool {
		mark := strings.TrimSpace(rec.cell(remove))
		if mark != "" && !strings.EqualFold(mark, "x") {
			return yield(rec.refused(&Problem{Cause: BadValue, Detail: "delete: must be x or empty"}))
		}
		return n.each(rec, rec.cell(number), "", options, func(row Row) bool {
			row.Remove = mark != "" && row.Problem == nil
			return yield(row)
		})
	}
}

// newSpamBlocker reads the rules of SpamBlocker. Their patterns are regular expressions. A
// rule with isBlacklist false allows.
func newSpamBlocker(h header, n numbers, options Options) parser {
	pattern, blocks := h.column("pattern"), h.column("isblacklist")
	texts := slices.Concat(h.withWord(slices.Concat(reasonWords, commentWords)), h.columns(nameNames))
	return func(rec record, yield func(Row) bool) bool {
		kind := options.Kind
		switch strings.ToLower(strings.TrimSpace(rec.cell(blocks))) {
		case "":
		case "true", "1":
			kind = blacklist.Block
		case "false", "0":
			kind = blacklist.Allow
		default:
			return yield(rec.refused(&Problem{Cause: BadKind, Detail: "isBlacklist: must be true or false"}))
		}
		if kind != options.Kind {
			return yield(rec.refused(&Problem{Cause: OtherKind, Detail: "the rule is of the other kind; import such rows with --allow, the others without it"}))
		}
		reason := ""
		for _, column := range texts {
			if reason = words(Unprotect(rec.cell(column))); reason != "" {
				break
			}
		}
		return n.each(rec, Unprotect(rec.cell(pattern)), reason, options, yield)
	}
}

// row returns the row of a number and its reason.
func (n numbers) row(rec record, number, reason string, options Options) Row {
	pattern, problem := n.read(number)
	if problem != nil {
		return rec.refused(problem)
	}
	row := Row{Line: rec.line, Reports: 1}
	row.Entry.Rule.Pattern, row.Entry.Kind, row.Entry.Reason = pattern, options.Kind, cut(reason, MaxText)
	return row
}

// SMSPlus marks at the end of a description what is refused.
const (
	markCall     = "/Call"
	markBoth     = "/Both"
	markMessages = "/Sms"
)

func smsMark(description string) string {
	for _, mark := range []string{markCall, markBoth, markMessages} {
		if strings.HasSuffix(description, mark) {
			return mark
		}
	}
	return ""
}

// newFreePBX reads the list of FreePBX' blacklist module.
func newFreePBX(h header, n numbers, options Options) parser {
	number, description := h.column("number"), h.column("description")
	return func(rec record, yield func(Row) bool) bool {
		text := words(Unprotect(rec.cell(description)))
		mark := smsMark(text)
		if mark == markMessages {
			return yield(rec.refused(&Problem{Cause: MessagesOnly, Detail: "only text messages of this number are refused"}))
		}
		text = strings.TrimSuffix(text, mark)
		if text == emptyDescription {
			text = ""
		}
		return n.each(rec, Unprotect(rec.cell(number)), text, options, yield)
	}
}

// newYeastar reads the blocked numbers of Yeastar's telephone systems. A row has numbers
// and patterns, separated by & or ^.
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
		return &Problem{Cause: Outbound, Detail: "it blocks outbound calls"}
	}
	return &Problem{Cause: BadValue, Detail: "type: must be inbound, outbound or both"}
}

// asteriskPattern returns a pattern of Asterisk's dialplan with its _, or a number as it is.
func asteriskPattern(text string) (string, *Problem) {
	digits, err := phone.Asterisk(text)
	if err != nil {
		return "", &Problem{Cause: BadPattern, Detail: text + ": " + err.Error()}
	}
	if strings.HasSuffix(digits, "*") {
		return "_" + strings.TrimPrefix(strings.TrimSpace(text), "_"), nil
	}
	return digits, nil
}
