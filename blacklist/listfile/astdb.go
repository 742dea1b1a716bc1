package listfile

import (
	"regexp"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// AstDB is Asterisk's own database. "database show" prints a line for each of its keys:
//
//	/blacklist/+4930123456                            : window seller
//
// Keys have a family: those of the blacklist are taken, else those of the first family.

// blacklistFamily is the family that Asterisk's dialplan and FreePBX block by.
const blacklistFamily = "blacklist"

var (
	astDBLine = regexp.MustCompile(`^/([^/\s]+)/(.*)$`)
	// allowedFamily matches families of callers to let through, and that of callers' names.
	allowedFamily = regexp.MustCompile(`(?i)white|allow|vip|friend|contact|phonebook|^cidname$`)
	astDBCount    = regexp.MustCompile(`^\d+ results? found\.?\s*$`)
)

// astDBWidth is how wide the key is printed at least.
const astDBWidth = 50

// astDBRow splits a line into the family, the key and the value.
func astDBRow(text string) (family, key, value string, ok bool) {
	text = strings.TrimFunc(text, isInvisible)
	parts := astDBLine.FindStringSubmatch(text)
	if parts == nil {
		return "", "", "", false
	}
	end := len(text) - len(parts[2])
	switch {
	case len(text) > astDBWidth && strings.HasPrefix(text[astDBWidth:], ":"):
		key, value = text[end:astDBWidth], text[astDBWidth+1:]
	case strings.Contains(parts[2], ": "):
		key, value, _ = strings.Cut(parts[2], ": ")
	case strings.HasSuffix(parts[2], ":"):
		key = strings.TrimSuffix(parts[2], ":")
	default:
		key, value, ok = strings.Cut(parts[2], "|") // as sqlite3 prints the table
		if !ok {
			return "", "", "", false
		}
	}
	return parts[1], strings.TrimSpace(key), strings.TrimFunc(value, isInvisible), true
}

// astDBFamily returns the family of a text's beginning whose keys are taken, or "".
func astDBFamily(head string) (taken string) {
	for line := range strings.Lines(head) {
		family, _, _, ok := astDBRow(line)
		switch {
		case ok && family == blacklistFamily:
			return family
		case ok && taken == "":
			taken = family
		}
	}
	return taken
}

// openAstDB reads the keys of a family.
func openAstDB(taken string) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		l.delimiter = whole
		return parsed(l, func(rec record, yield func(Row) bool) bool {
			text := string(rec.text)
			family, key, value, ok := astDBRow(text)
			switch {
			case ok && family != taken:
				return yield(rec.refused(&Problem{Cause: OtherFamily, Detail: "only the family " + taken + " is read; save each family in its own file"}))
			case ok && options.Kind == blacklist.Block && allowedFamily.MatchString(taken):
				return yield(rec.refused(&Problem{Cause: OtherKind, Detail: "the family " + taken + " has callers to let through; use --allow"}))
			case ok && value == emptyDescription:
				value = ""
			case !ok && (astDBCount.MatchString(text) || strings.TrimFunc(text, isInvisible) == ""):
				return true
			case !ok:
				return yield(rec.refused(&Problem{Cause: BrokenRow, Detail: `not a line of "database show": /FAMILY/NUMBER : REASON`}))
			}
			return n.each(rec, key, words(value), options, yield)
		})
	}
}
