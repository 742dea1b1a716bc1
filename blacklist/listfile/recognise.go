package listfile

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
)

// layout is how one file is to be read.
type layout struct {
	format Format
	open   func(l *lines, n numbers, options Options) func(yield func(Row) bool) error
}

// dialect is a format that is known by the names of its columns.
type dialect struct {
	format Format
	// columns must all be there; names parted by | are one column's.
	columns []string
	// text is the column of free text, in which a delimiter may have been
	// forgotten to be quoted.
	text   string
	parser func(h header, n numbers, options Options) parser
}

// dialects are asked in this order.
var dialects = []dialect{
	{FreePBX, []string{"number", "description"}, "description", newFreePBX},
	{CSV, []string{"number"}, "reason", newOwnCSV},
}

func (d dialect) fits(h header) bool {
	return !slices.ContainsFunc(d.columns, func(names string) bool { return !h.has(strings.Split(names, "|")...) })
}

// delimiters are tried in this order.
var delimiters = []byte{',', ';', '\t', '|'}

// recognise finds the layout of a text by its beginning.
func recognise(l *lines, head []byte, options Options) (layout, error) {
	if seen := container(head); seen != "" {
		return layout{}, &UnknownFormatError{Seen: seen}
	}
	switch options.Format {
	case Plain, FreeSWITCH:
		return layout{options.Format, openPlain}, nil
	case JSONLines:
		return layout{JSONLines, openJSONLines}, nil
	default:
	}
	text := bytes.TrimLeft(head, " \t\r\n")
	if len(text) == 0 {
		return layout{}, &UnknownFormatError{Seen: "the file is empty"}
	}
	if text[0] == '{' || text[0] == '[' {
		return recogniseJSON(text, options)
	}
	for _, delimiter := range delimiters {
		names := headerOf(&lines{buf: head, err: io.EOF, end: l.end, delimiter: delimiter})
		for _, d := range dialects {
			if (options.Format == Any || options.Format == d.format) && d.fits(names) {
				return layout{d.format, d.open(delimiter)}, nil
			}
		}
	}
	first := firstLine(&lines{buf: head, err: io.EOF, end: l.end})
	if options.Format != Any {
		return layout{}, &UnknownFormatError{Format: options.Format, Seen: fmt.Sprintf("the first line is %q", first)}
	}
	if looksPlain(&lines{buf: head, err: io.EOF, end: l.end}, options) {
		return layout{Plain, openPlain}, nil
	}
	return layout{}, &UnknownFormatError{Seen: fmt.Sprintf("the first line is %q", first)}
}

// open reads a file that has a header.
func (d dialect) open(delimiter byte) func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
	return func(l *lines, n numbers, options Options) func(yield func(Row) bool) error {
		l.delimiter = delimiter
		names := headerOf(l)
		parse, textIsLast := d.parser(names, n, options), d.text != "" && names.column(d.text) == len(names)-1
		return parsed(l, func(rec record, yield func(Row) bool) bool {
			if rec.fit(len(names), textIsLast, delimiter); rec.broken != "" {
				return yield(rec.refused(&Problem{Cause: BrokenRow, Detail: rec.broken}))
			}
			return parse(rec, yield)
		})
	}
}

// headerOf returns the first record that is no comment as a header.
func headerOf(l *lines) header {
	for {
		rec, ok := l.next()
		if !ok {
			return nil
		}
		if aside(rec.text) {
			continue
		}
		decode(&rec)
		return newHeader(rec.fields)
	}
}

// aside reports whether a line before the header is none of its business: a
// comment, blanks, or what tells a spreadsheet the delimiter.
func aside(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#' || len(line) <= len("sep=;") && bytes.HasPrefix(line, []byte("sep="))
}

func firstLine(l *lines) string {
	for {
		rec, ok := l.next()
		if !ok {
			return ""
		}
		if !aside(rec.text) {
			return shown(rec.text)
		}
	}
}

// UnknownFormatError says that a file is in none of the formats, or not in
// the one that was asked for.
type UnknownFormatError struct {
	Format Format // the one that was asked for, Any if none was
	Seen   string // what stands in the file, or what to do with it
}

func (e *UnknownFormatError) Error() string {
	var known []string
	for _, d := range dialects {
		if e.Format == Any || e.Format == d.format {
			known = append(known, fmt.Sprintf("%s (%s)", strings.Join(d.columns, ","), d.format))
		}
	}
	if e.Format != Any {
		text := fmt.Sprintf("this is no %s: %s", e.Format, e.Seen)
		if len(known) > 0 {
			text += "; its header has " + strings.Join(known, " or ")
		}
		return text
	}
	return fmt.Sprintf("the format isn't known: %s; known headers: %s; also known: JSON of Ringfence, PhoneBlock and FCC,"+
		" and plain text with a number at the beginning of each line", e.Seen, strings.Join(known, ", "))
}

func recogniseJSON(_ []byte, _ Options) (layout, error) {
	return layout{JSONLines, openJSONLines}, nil
}
