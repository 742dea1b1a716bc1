package listfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// A table is CSV with a header that names a column of numbers: Ringfence's own export,
// or that of a spreadsheet, an address book or a customer database.

// table holds the columns of a table; each list begins with the best one.
type table struct {
	header
	numbers []int
	// own says that the table may have the other columns of Ringfence's export.
	own     bool
	reasons []int
	// given and family are the parts of a name, which counts as a reason before after.
	given, family int
	after         []int
}

// openTable reads a table.
func openTable(t table, delimiter byte) opener {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		l.delimiter = delimiter
		columns := len(headerOf(l).names)
		textIsLast := slices.Contains(t.reasons, columns-1) || slices.Contains(t.after, columns-1)
		return rowsOf(l, columns, textIsLast, false, t.parser(n, options))
	}
}

// CheckColumns returns an error if the columns of a table with numbers cannot be named so,
// or not for the format.
func CheckColumns(columns []string, format Format) error {
	if len(columns) > 0 && format != Any && format != CSV {
		return fmt.Errorf("columns have their own names in the format %s: leave out --format, or use %s", string(format), string(CSV))
	}
	for _, name := range columns {
		if columnName(name) == "" {
			return fmt.Errorf("invalid column %q: write its name as it is in the first line of the file", name)
		}
	}
	return nil
}

// newTable finds the columns of a table: its numbers are empty if there are none. The
// error has no format.
func newTable(h header, asked []string) (table, *UnknownFormatError) {
	t := table{header: h, given: h.column(names(givenNames)...), family: h.column(names(familyNames)...)}
	// In many languages the name beside a given or family name is the other one: Nombre, Apellidos.
	other := h.column(names(nameNames)...)
	switch {
	case t.given < 0 && t.family >= 0:
		t.given = other
	case t.family < 0 && t.given >= 0:
		t.family = other
	}
	if err := t.findNumbers(asked); err != nil || len(t.numbers) == 0 {
		return table{}, err
	}
	t.reasons = h.withWord(reasonWords)
	comments, titles, companies := h.withWord(commentWords), h.columns(nameNames), h.columns(companyNames)
	if t.contacts() {
		t.after = slices.Concat(titles, companies, comments)
	} else {
		t.after = slices.Concat(comments, titles, companies)
	}
	isNumber := func(i int) bool { return slices.Contains(t.numbers, i) }
	t.reasons, t.after = slices.DeleteFunc(t.reasons, isNumber), slices.DeleteFunc(t.after, isNumber)
	return t, nil
}

// contacts reports whether the table is an address book: its rows have names, and notes
// that are about something else.
func (t *table) contacts() bool { return t.given >= 0 || t.family >= 0 || len(t.numbers) > 1 }

// findNumbers finds the columns that have a number: those that are asked for, or else
// by their names.
func (t *table) findNumbers(asked []string) *UnknownFormatError {
	for _, name := range t.single(asked) {
		before := len(t.numbers)
		for i := range t.names {
			if t.names[i] == columnName(name) {
				t.numbers = append(t.numbers, i)
			}
		}
		if len(t.numbers) == before {
			return &UnknownFormatError{Seen: fmt.Sprintf("there is no column %q in the header", name), plain: true, Columns: t.titles}
		}
	}
	if len(asked) > 0 {
		slices.Sort(t.numbers)
		t.numbers = slices.Compact(t.numbers)
		return nil
	}
	var other []int
	for i, title := range t.titles {
		switch {
		case isNumberName[strings.TrimRight(t.names[i], "0123456789")]:
			other = append(other, i)
		case namesPhone(title):
			t.numbers = append(t.numbers, i)
		}
	}
	if name := t.duplicate([]string{"number"}); name != "" {
		return &UnknownFormatError{Seen: fmt.Sprintf("two columns are named %q; rename one of them", name), plain: true}
	}
	if both := slices.Concat(other, t.numbers); len(other) > 0 && len(both) > 1 {
		err := &UnknownFormatError{Seen: "several columns may have the numbers; choose with --column", plain: true}
		for _, i := range both {
			err.Columns = append(err.Columns, t.titles[i])
		}
		return err
	}
	if len(other) == 1 {
		t.numbers, t.own = other, t.names[other[0]] == "number"
	}
	return nil
}

// single returns names that are asked for, one by one: each may be several with commas,
// unless a column is named so.
func (t *table) single(asked []string) (names []string) {
	for _, name := range asked {
		if t.has(columnName(name)) {
			names = append(names, name)
		} else {
			names = append(names, strings.Split(name, ",")...)
		}
	}
	return names
}

// ringfence reports whether only an export of Ringfence has such columns. It may have
// numbers that nobody could type.
func (t *table) ringfence() bool { return t.own && t.has("hits", "lasthit") }

// sourced reports whether rows have their own source.
func (t *table) sourced() bool { return t.own && t.has("source") }

func (t *table) parser(n numbers, options Options) parser {
	if t.ringfence() {
		n.impossible, n.own = true, true
	}
	of := func(name string, read bool) int {
		if !read {
			return missing
		}
		return t.column(name)
	}
	to, kind, action, created := of("to", t.own), of("kind", t.own), of("action", t.own), of("created", t.own)
	hits, lastHit, source, author := of("hits", t.own), of("lasthit", t.own), of("source", t.own), of("author", t.own)
	ends := t.column(expires)
	return func(rec record, yield func(Row) bool) bool {
		cell := func(column int) string { return Unprotect(rec.cell(column)) }
		texts := t.texts(n, cell)
		count, problem := hitCount(rec.cell(hits))
		for _, text := range texts {
			var rule blacklist.Rule
			wrong := problem
			if wrong == nil {
				rule, wrong = n.rule(text, cell(to))
			}
			var row Row
			if wrong == nil {
				row = rec.entry(rule, &ownEntry{
					Kind: cell(kind), Action: cell(action), Reason: t.reason(cell), Source: cell(source), Author: cell(author),
					Created: rec.cell(created), Expires: rec.cell(ends), Hits: count, LastHit: rec.cell(lastHit),
				}, options)
			} else {
				row = rec.refused(wrong)
			}
			if !yield(row) {
				return false
			}
		}
		return true
	}
}

// texts returns the texts of a row that have a number each; one empty text if there are
// none.
func (t *table) texts(n numbers, cell func(column int) string) (texts []string) {
	for _, column := range t.numbers {
		if text := cell(column); strings.TrimFunc(text, isInvisible) != "" {
			texts = append(texts, n.several(text)...)
		}
	}
	if len(texts) == 0 {
		return []string{""}
	}
	return texts
}

// reason returns the best text of a row.
func (t *table) reason(cell func(column int) string) string {
	text := func(column int) string {
		if t.own {
			return cell(column) // An export keeps its blanks.
		}
		return words(cell(column))
	}
	for _, column := range t.reasons {
		if reason := text(column); reason != "" {
			return reason
		}
	}
	if name := words(cell(t.given) + " " + cell(t.family)); name != "" {
		return name
	}
	for _, column := range t.after {
		if reason := text(column); reason != "" {
			return reason
		}
	}
	return ""
}

// looksLikeData reports whether a header has a number: it is a row of a file without a
// header.
func (h header) looksLikeData() bool {
	return slices.ContainsFunc(h.titles, func(title string) bool {
		text, _ := uncommented(title)
		return digitsOf(title) >= minTelling || beginsWithDigits.MatchString(text) || digitsOf(text) > 0 && numeric.MatchString(text)
	})
}

// beginsWithDigits matches a short number with a text after it.
var beginsWithDigits = regexp.MustCompile(`^[^\pL\d]*\d{2}`)

// columns returns the indexes of the columns with one of the names, in the order of the
// names.
func (h header) columns(titles []string) (found []int) {
	for _, name := range names(titles) {
		if i := h.column(name); i >= 0 && !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	return found
}

// withWord returns the indexes of the columns whose names have one of the words, in the
// order of the words.
func (h header) withWord(titles []string) (found []int) {
	for _, word := range names(titles) {
		for i, title := range h.titles {
			if slices.Contains(columnWords(title), word) && !slices.Contains(found, i) {
				found = append(found, i)
			}
		}
	}
	return found
}

func names(titles []string) []string {
	compared := make([]string, len(titles))
	for i, title := range titles {
		compared[i] = columnName(title)
	}
	return compared
}

// maxShownColumns is how many names of columns an error shows.
const maxShownColumns = 20

// quoted returns names of columns for an error: "Name", "Phone".
func quoted(titles []string) string {
	var texts []string
	for _, title := range titles {
		if len(texts) == maxShownColumns {
			texts = append(texts, "…")
			break
		}
		if title != "" {
			texts = append(texts, fmt.Sprintf("%q", cut(title, maxShown/4)))
		}
	}
	return strings.Join(texts, ", ")
}
