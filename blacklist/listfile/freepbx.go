package listfile

import "strings"

// SMSPlus writes behind a description what is refused.
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
		text := words(rec.cell(description))
		mark := smsMark(text)
		if mark == markMessages {
			return yield(rec.refused(&Problem{Cause: MessagesOnly, Detail: "only its text messages are refused"}))
		}
		text = strings.TrimSuffix(text, mark)
		if text == emptyDescription {
			text = ""
		}
		return yield(n.row(rec, rec.cell(number), text, options))
	}
}
