package store

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// A line of the index by number holds what tells about an entry without it,
// separated by tabs: rule, created, expires (Unix seconds), kind, source,
// author and reason.

// indexLine returns the line of an entry.
func indexLine(entry blacklist.Entry) string {
	return entry.Rule.String() + "\t" + unixText(entry.Created) + "\t" + unixText(entry.Expires) + "\t" + string(entry.Kind) + "\t" +
		escape(entry.Source) + "\t" + escape(entry.Author) + "\t" + escape(entry.Reason)
}

// unixText writes a moment in whole seconds, "" for none. The trees know no
// time before 1970: nothing was put on a list then.
func unixText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return strconv.FormatInt(max(0, at.Unix()), 10)
}

// readLine reads a line.
func readLine(line string) (Listing, error) {
	parts := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
	if len(parts) != 7 {
		return Listing{}, fmt.Errorf("the index holds a line of %d parts", len(parts))
	}
	rule, err := blacklist.ParseRule(parts[0])
	if err != nil {
		return Listing{}, err
	}
	return Listing{
		Rule: rule, Created: moment(parts[1]), Expires: moment(parts[2]), Kind: blacklist.Kind(parts[3]),
		Source: unescape(parts[4]), Author: unescape(parts[5]), Reason: unescape(parts[6]),
	}, nil
}

// escape writes a text so that a line can hold it: without control characters.
func escape(text string) string {
	if strings.IndexFunc(text, escaped) < 0 {
		return text
	}
	var out strings.Builder
	for i := range len(text) {
		switch c := text[i]; {
		case c == '\t':
			out.WriteString(`\t`)
		case c == '\n':
			out.WriteString(`\n`)
		case escaped(rune(c)):
			fmt.Fprintf(&out, `\x%02x`, c)
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

func escaped(r rune) bool { return r < ' ' || r == 0x7f || r == '\\' }

// unescape reads what escape wrote.
func unescape(text string) string {
	before, rest, found := strings.Cut(text, `\`)
	if !found {
		return text
	}
	var out strings.Builder
	for found {
		out.WriteString(before)
		switch {
		case strings.HasPrefix(rest, "t"):
			out.WriteByte('\t')
			rest = rest[1:]
		case strings.HasPrefix(rest, "n"):
			out.WriteByte('\n')
			rest = rest[1:]
		case len(rest) >= 3 && rest[0] == 'x':
			if code, err := strconv.ParseUint(rest[1:3], 16, 8); err == nil {
				out.WriteByte(byte(code))
				rest = rest[3:]
			}
		}
		before, rest, found = strings.Cut(rest, `\`)
	}
	return out.String() + before
}
