package listfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// layout is how one file is to be read.
type layout struct {
	format Format
	open   opener
}

// opener makes the reading of the rows behind the lines.
type opener func(l *lines, n numbers, options Options) func(yield func(Row) bool) error

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
	default:
	}
	text := bytes.TrimSpace(head)
	if len(text) == 0 && options.Format != JSONLines {
		return layout{}, &UnknownFormatError{Format: options.Format, Seen: "the file is empty", plain: true}
	}
	if open := recogniseJSON(text, options.Format); open.format != Any {
		return open, nil
	}
	for _, delimiter := range delimiters {
		names := headerOf(beginning(l, head, delimiter))
		for _, d := range dialects {
			if d.fits(names, options.Format) {
				if name := names.twice(d.columns); name != "" {
					seen := fmt.Sprintf("two columns are named %q; give the one that doesn't count another name", name)
					return layout{}, &UnknownFormatError{Format: options.Format, Seen: seen, plain: true}
				}
				return layout{d.format, d.open(delimiter)}, nil
			}
		}
	}
	if options.Format == Any && looksPlain(beginning(l, head, whole), options) {
		return layout{Plain, openPlain}, nil
	}
	return layout{}, unknown(beginning(l, head, whole), options.Format)
}

// errCut ends the beginning of a file that goes on behind it.
var errCut = errors.New("the rest was not looked at")

// beginning returns the lines of a file's beginning. One that isn't there
// whole is none of them: what it says may change with its rest.
func beginning(l *lines, head []byte, delimiter byte) *lines {
	var r io.Reader = bytes.NewReader(head)
	if l.err == nil || l.r.Buffered() > len(head) {
		r = io.MultiReader(r, &lasting{err: errCut})
	}
	begun := newLinesSize(r, min(len(head), maxRecord)+1)
	begun.delimiter = delimiter
	return begun
}

// unknown says what the beginning of a file has instead of a header.
func unknown(l *lines, asked Format) error {
	first, ok := firstLine(l)
	switch {
	case !ok && errors.Is(l.err, errCut):
		return &UnknownFormatError{Format: asked, Seen: "there is nothing but comments in the first 128 KiB of the file", plain: true}
	case !ok:
		return &UnknownFormatError{Format: asked, Seen: "there is nothing but comments in the file", plain: true}
	case first.long:
		return &UnknownFormatError{Format: asked, Seen: "the header line is longer than 64 KiB", plain: true}
	}
	return &UnknownFormatError{Format: asked, Seen: fmt.Sprintf("the first line is %q", shown(first.text))}
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
// comment, blanks, or the delimiter for a spreadsheet.
func aside(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#' || len(line) <= len("sep=;") && bytes.HasPrefix(line, []byte("sep="))
}

func firstLine(l *lines) (record, bool) {
	for {
		rec, ok := l.next()
		if !ok || !aside(rec.text) {
			return rec, ok
		}
	}
}

// UnknownFormatError says that a file is in none of the formats, or not in
// the one that was asked for.
type UnknownFormatError struct {
	Format Format // the one that was asked for, Any if none was
	Seen   string // what stands in the file, or what to do with it
	plain  bool   // Seen says it all
}

func (e *UnknownFormatError) Error() string {
	if e.plain {
		return e.Seen
	}
	var known []string
	for _, d := range dialects {
		names := strings.Join(slices.Concat(d.columns, d.marks), "+")
		if e.Format == Any {
			names += " (" + string(d.format) + ")"
		} else if e.Format != d.format {
			continue
		}
		known = append(known, names)
	}
	if e.Format != Any {
		text := fmt.Sprintf("this is no %s file: %s", string(e.Format), e.Seen)
		if len(known) > 0 {
			text += "; its header has " + strings.Join(known, " or ")
		}
		return text
	}
	return fmt.Sprintf("the format isn't known: %s; known headers: %s; also known: JSON of Ringfence, PhoneBlock and FCC,"+
		" and plain text with a number at the beginning of each line", e.Seen, strings.Join(known, ", "))
}

// containers are files that hold a list in a way that isn't read, by what
// they begin with, and what to do about it.
var containers = []struct{ magic, advice string }{
	{"PK\x03\x04", "it is a ZIP archive or an Excel file; unpack it, or save it as CSV"},
	{"\xd0\xcf\x11\xe0", "it is an old Excel file; save it as CSV"},
	{"%PDF", "it is a PDF; ask for the list as CSV or text"},
	{"PBBL", "it is PhoneBlock's binary list; ask its server for JSON (Accept: application/json)"},
	{"BZh", "it is packed with bzip2; unpack it, or pack it with gzip"},
	{"\xfd7zXZ", "it is packed with xz; unpack it, or pack it with gzip"},
	{"\x28\xb5\x2f\xfd", "it is packed with zstd; unpack it, or pack it with gzip"},
	{"7z\xbc\xaf", "it is a 7z archive; unpack it"},
	{gzipMagic, "it is packed with gzip twice; unpack it once"},
}

// container says what a file is that isn't text, "" if it may be.
func container(head []byte) string {
	for _, c := range containers {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.advice
		}
	}
	text := bytes.ToLower(bytes.TrimSpace(head[:min(len(head), 1<<10)]))
	switch {
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")):
		return "it is a web page; look for the address of the file itself"
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "it is XML; save the list as CSV or text"
	case bytes.IndexByte(head, 0) >= 0:
		return "it holds zero bytes, so it is no text, or UTF-16 without a byte order mark; save it as UTF-8"
	}
	return ""
}

// The keys that an object of each JSON format begins with are looked for in
// the first object.
var (
	ownKey        = regexp.MustCompile(`^[\[\s]*\{[^{}]*"rule"\s*:`)
	complaintKey  = regexp.MustCompile(`^\[\s*\{(?s:.*?)"caller_id_number"\s*:`)
	phoneBlockKey = regexp.MustCompile(`^\{(?:[^{}\[\]]*,)?\s*"numbers"\s*:\s*\[`)
	emptyArray    = regexp.MustCompile(`^\[\s*\]$`)
)

// recogniseJSON finds the layout of JSON; its format is Any if there is none.
func recogniseJSON(text []byte, asked Format) layout {
	array := bytes.HasPrefix(text, []byte("["))
	for _, candidate := range []struct {
		fits bool
		layout
	}{
		{phoneBlockKey.Match(text) || asked == PhoneBlock && bytes.HasPrefix(text, []byte("{")), layout{PhoneBlock, openArray("numbers", newPhoneBlock)}},
		{complaintKey.Match(text) || asked == FCCJSON && array, layout{FCCJSON, openArray("", newFCCJSON)}},
		{array && (ownKey.Match(text) || emptyArray.Match(text) || asked == JSONLines), layout{JSONLines, openArray("", newOwnJSON)}},
		{!array && (ownKey.Match(text) || asked == JSONLines), layout{JSONLines, openJSONLines}},
	} {
		if candidate.fits && (asked == Any || asked == candidate.format) {
			return candidate.layout
		}
	}
	return layout{}
}
