package listfile

import (
	"bytes"
	"errors"
	"io"
	"mime/quotedprintable"
	"regexp"
	"slices"
	"strings"
)

// vCards, as address books of telephones and mail programs save them, in versions 2.1,
// 3.0 and 4.0 (RFC 2426, RFC 6350).

var vCardBegin = regexp.MustCompile(`(?i)^BEGIN:VCARD\s*$`)

// isVCard reports whether a text begins as a vCard.
func isVCard(text []byte) bool {
	first, _, _ := bytes.Cut(text, []byte("\n"))
	return vCardBegin.Match(first)
}

var errOpenCard = errors.New("the file ends in a contact: END:VCARD is missing")

// openVCards reads the numbers of each card. Its name is the reason.
func openVCards(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
	l.delimiter = whole
	return func(yield func(Row) bool) error {
		c, stopped := cards{numbers: n, options: options}, false
		err := parsed(&unfolded{lines: l}, func(rec record, yield func(Row) bool) bool {
			stopped = !c.line(rec, yield)
			return !stopped
		})(yield)
		if err == nil && !stopped && c.open {
			return errOpenCard
		}
		return err
	}
}

// cards reads the lines of cards.
type cards struct {
	numbers numbers
	options Options

	open bool
	// begin is the line on which the open card begins.
	begin record
	// tels are its numbers: its name may follow them. empty says that it had none yet.
	tels  []cardNumber
	empty bool
	// formatted, parts, nick and company are its names: FN, N, NICKNAME and ORG.
	formatted, parts, nick, company string
}

// cardNumber is a number of a card, and where it is.
type cardNumber struct {
	rec  record
	text string
}

// maxCardNumbers is how many numbers of a card wait for its name.
const maxCardNumbers = 1000

// line reads a line of a card, and yields the rows of a card that is complete.
func (c *cards) line(rec record, yield func(Row) bool) bool {
	p := newProperty(string(rec.text))
	value := strings.TrimFunc(p.value, isInvisible)
	begins := p.name == "BEGIN" && strings.EqualFold(value, "VCARD")
	switch {
	case begins:
		// A card that another begins in is complete: nothing of it is lost.
		more := !c.open || c.end(yield)
		*c = cards{numbers: c.numbers, options: c.options, open: true, empty: true, begin: rec.clone()}
		return more
	case !c.open:
		return yield(rec.refused(&Problem{Cause: BrokenRow, Detail: "text outside of a contact: BEGIN:VCARD is missing"}))
	case p.name == "END" && strings.EqualFold(value, "VCARD"):
		c.open = false
		return c.end(yield)
	case p.name == "TEL":
		c.tels = append(c.tels, cardNumber{rec.clone(), unescaped(value)})
		return len(c.tels) < maxCardNumbers || c.flush(yield)
	case p.name == "FN":
		c.formatted = unescaped(value)
	case p.name == "N":
		c.parts = nameOf(value)
	case p.name == "NICKNAME":
		c.nick = unescaped(value)
	case p.name == "ORG":
		c.company = strings.Join(components(value), ", ")
	}
	return true
}

// end yields the rows of a card. One without a number is refused.
func (c *cards) end(yield func(Row) bool) bool {
	if len(c.tels) == 0 && c.empty {
		c.begin.text = []byte(c.name())
		return yield(c.begin.refused(&Problem{Cause: NoNumber, Detail: "the contact has no number"}))
	}
	return c.flush(yield)
}

func (c *cards) flush(yield func(Row) bool) bool {
	name := words(c.name())
	for _, tel := range c.tels {
		if !c.numbers.each(tel.rec, tel.text, name, c.options, yield) {
			return false
		}
	}
	c.tels, c.empty = nil, false
	return true
}

func (c *cards) name() string {
	for _, name := range []string{c.formatted, c.parts, c.nick, c.company} {
		if name = strings.TrimFunc(name, isInvisible); name != "" {
			return name
		}
	}
	return ""
}

// nameOf returns the name of its parts: family, given, additional, prefix, suffix.
func nameOf(value string) string {
	parts := append(components(value), make([]string, 5)...)
	name := []string{parts[3], parts[1], parts[2], parts[0], parts[4]}
	return strings.Join(slices.DeleteFunc(name, func(part string) bool { return part == "" }), " ")
}

// components splits a value at semicolons that are not escaped, without empty parts at
// the end.
func components(value string) (parts []string) {
	begin := 0
	for i := 0; i <= len(value); i++ {
		switch {
		case i == len(value) || value[i] == ';':
			parts = append(parts, strings.TrimSpace(unescaped(value[begin:i])))
			begin = i + 1
		case value[i] == '\\':
			i++
		}
	}
	for len(parts) > 0 && parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
	}
	return parts
}

// unescaped resolves the escapes of a text.
func unescaped(value string) string {
	if !strings.Contains(value, `\`) {
		return value
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, " ", `\N`, " ", `\,`, ",", `\;`, ";", `\:`, ":").Replace(value)
}

// property is a line of a card: item1.TEL;TYPE=CELL:+4930123456.
type property struct {
	name  string // in upper case, without its group
	value string
}

func newProperty(text string) property {
	end, quoted := -1, false
	for i := range len(text) {
		if text[i] == '"' {
			quoted = !quoted
		} else if text[i] == ':' && !quoted {
			end = i
			break
		}
	}
	if end < 0 {
		return property{}
	}
	before, value := text[:end], text[end+1:]
	name, parameters, _ := strings.Cut(before, ";")
	name = name[strings.LastIndexByte(name, '.')+1:]
	if isQuotedPrintable(parameters) {
		// What is wrong in it stays as it is.
		decoded, _ := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value)))
		rec := record{text: decoded}
		decode(&rec)
		value = string(rec.text)
	}
	return property{strings.ToUpper(strings.TrimSpace(name)), value}
}

func isQuotedPrintable(parameters string) bool {
	return strings.Contains(strings.ToUpper(parameters), "QUOTED-PRINTABLE")
}

// unfolded joins the lines that belong together: one that begins with a blank continues
// the line before, and so does one after a soft line break of quoted-printable text.
type unfolded struct {
	lines *lines
	ahead record
	has   bool
}

func (u *unfolded) failed() error { return u.lines.failed() }

func (u *unfolded) next() (record, bool) {
	if !u.has && !u.fetch() {
		return record{}, false
	}
	rec := u.ahead
	u.has = false
	for u.fetch() {
		next := u.ahead.text
		soft := bytes.HasSuffix(rec.text, []byte("=")) && isQuotedPrintable(string(beforeValue(rec.text)))
		switch {
		case soft:
			rec.text = rec.text[:len(rec.text)-1]
			next = bytes.TrimLeft(next, "\t ")
		case next[0] == ' ' || next[0] == '\t':
			next = next[1:]
		default:
			return rec, true
		}
		// The rest of a photo is not needed.
		rec.text = append(rec.text, next[:min(len(next), max(0, maxRecord-len(rec.text)))]...)
		u.has = false
	}
	return rec, true
}

func beforeValue(text []byte) []byte {
	before, _, _ := bytes.Cut(text, []byte(":"))
	return before
}

// fetch reads the next line. One that is too long is a photo, or no number.
func (u *unfolded) fetch() bool {
	rec, ok := u.lines.next()
	if u.has = ok; ok {
		u.ahead = rec.clone()
		u.ahead.broken = ""
	}
	return ok
}

// clone returns a record that stays valid.
func (rec record) clone() record {
	return record{line: rec.line, text: bytes.Clone(rec.text)}
}
