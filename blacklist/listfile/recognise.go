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

// layout is how a file is read.
type layout struct {
	format Format
	open   opener
}

// opener returns the iterator of the rows of a file.
type opener func(l *lines, n numbers, options Options) func(yield func(Row) bool) error

// delimiters are tried in this order.
var delimiters = []byte{',', ';', '\t', '|'}

// recognise detects the layout of a text by its beginning.
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
				if name := names.duplicate(d.columns); name != "" {
					seen := fmt.Sprintf("two columns are named %q; rename one of them", name)
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

// errTruncated ends the beginning of a longer file.
var errTruncated = errors.New("the rest was not read")

// beginning returns the complete lines of a file's beginning.
func beginning(l *lines, head []byte, delimiter byte) *lines {
	var r io.Reader = bytes.NewReader(head)
	if l.err == nil || l.r.Buffered() > len(head) {
		r = io.MultiReader(r, &stickyReader{err: errTruncated})
	}
	begun := newLinesSize(r, min(len(head), maxRecord)+1)
	begun.delimiter = delimiter
	return begun
}

// unknown returns the error for a beginning without a known header.
func unknown(l *lines, asked Format) error {
	first, ok := firstLine(l)
	switch {
	case !ok && errors.Is(l.err, errTruncated):
		return &UnknownFormatError{Format: asked, Seen: "there are only comments in the first 128 KiB of the file", plain: true}
	case !ok:
		return &UnknownFormatError{Format: asked, Seen: "the file has only comments", plain: true}
	case first.long:
		return &UnknownFormatError{Format: asked, Seen: "the header line is longer than 64 KiB", plain: true}
	}
	return &UnknownFormatError{Format: asked, Seen: "the first line is not known", FirstLine: shown(first.text)}
}

// headerOf returns the first record that is not a comment as a header.
func headerOf(l *lines) header {
	for {
		rec, ok := l.next()
		if !ok {
			return nil
		}
		if isPreamble(rec.text) {
			continue
		}
		decode(&rec)
		return newHeader(rec.fields)
	}
}

// isPreamble reports whether a line before the header is ignored: a comment, blanks, or
// the delimiter for a spreadsheet.
func isPreamble(line []byte) bool {
	line = bytes.TrimSpace(line)
	return len(line) == 0 || line[0] == '#' || len(line) <= len("sep=;") && bytes.HasPrefix(line, []byte("sep="))
}

func firstLine(l *lines) (record, bool) {
	for {
		rec, ok := l.next()
		if !ok || !isPreamble(rec.text) {
			return rec, ok
		}
	}
}

// UnknownFormatError means that a file has no known format, or not the requested one.
type UnknownFormatError struct {
	Format Format // requested format, or Any
	Seen   string // what is in the file, or what to do with it; it does not quote the file
	plain  bool   // Seen is the complete text
	// FirstLine is quoted instead of Seen if it is not "". Remove it if the reader of
	// the error may not read the file.
	FirstLine string
}

func (e *UnknownFormatError) Error() string {
	if e.plain {
		return e.Seen
	}
	seen := e.Seen
	if e.FirstLine != "" {
		seen = fmt.Sprintf("the first line is %q", e.FirstLine)
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
		text := fmt.Sprintf("not a %s file: %s", string(e.Format), seen)
		if len(known) > 0 {
			text += "; the header must have " + strings.Join(known, " or ")
		}
		return text
	}
	return fmt.Sprintf("unknown format: %s; known headers: %s; also known: JSON of Ringfence, PhoneBlock and FCC,"+
		" and plain text with a number at the beginning of each line", seen, strings.Join(known, ", "))
}

// containers are types of files that are not supported, with their first bytes and what
// to do.
var containers = []struct{ magic, advice string }{
	{"PK\x03\x04", "it is a ZIP archive or an Excel file; unpack it, or save it as CSV"},
	{"\xd0\xcf\x11\xe0", "it is an old Excel file; save it as CSV"},
	{"%PDF", "it is a PDF; ask for the list as CSV or text"},
	{"PBBL", "it is PhoneBlock's binary list; ask its server for JSON (Accept: application/json)"},
	{"BZh", "it is compressed with bzip2; unpack it, or use gzip"},
	{"\xfd7zXZ", "it is compressed with xz; unpack it, or use gzip"},
	{"\x28\xb5\x2f\xfd", "it is compressed with zstd; unpack it, or use gzip"},
	{"7z\xbc\xaf", "it is a 7z archive; unpack it"},
	{gzipMagic, "it is compressed with gzip twice; unpack it once"},
}

// container returns what to do with a file that is not text, or "".
func container(head []byte) string {
	for _, c := range containers {
		if bytes.HasPrefix(head, []byte(c.magic)) {
			return c.advice
		}
	}
	text := bytes.ToLower(bytes.TrimSpace(head[:min(len(head), 1<<10)]))
	switch {
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")):
		return "it is a web page; use the address of the file itself"
	case bytes.HasPrefix(text, []byte("<?xml")):
		return "it is XML; save the list as CSV or text"
	case bytes.IndexByte(head, 0) >= 0:
		return "it has zero bytes: it is not text, or UTF-16 without a byte order mark; save it as UTF-8"
	}
	return ""
}

// A JSON format is detected by the keys of the first object.
var (
	ownKey        = regexp.MustCompile(`^[\[\s]*\{[^{}\[\]]*"number"\s*:`)
	ownList       = regexp.MustCompile(`^\{\s*"entries"\s*:\s*\[`)
	complaintKey  = regexp.MustCompile(`^\[\s*\{(?s:.*?)"caller_id_number"\s*:`)
	phoneBlockKey = regexp.MustCompile(`^\{(?:[^{}\[\]]*,)?\s*"numbers"\s*:\s*\[`)
	emptyArray    = regexp.MustCompile(`^\[\s*\]$`)
)

// recogniseJSON detects the layout of JSON; its format is Any if it is unknown.
func recogniseJSON(text []byte, asked Format) layout {
	array := bytes.HasPrefix(text, []byte("["))
	for _, candidate := range []struct {
		fits bool
		layout
	}{
		{phoneBlockKey.Match(text) || asked == PhoneBlock && bytes.HasPrefix(text, []byte("{")), layout{PhoneBlock, openArray("numbers", newPhoneBlock)}},
		{complaintKey.Match(text) || asked == FCCJSON && array, layout{FCCJSON, openArray("", newFCCJSON)}},
		{array && (ownKey.Match(text) || emptyArray.Match(text) || asked == JSONLines), layout{JSONLines, openArray("", newOwnJSON)}},
		{ownList.Match(text), layout{JSONLines, openArray("entries", newOwnJSON)}},
		{!array && (ownKey.Match(text) || asked == JSONLines), layout{JSONLines, openJSONLines}},
	} {
		if candidate.fits && (asked == Any || asked == candidate.format) {
			return candidate.layout
		}
	}
	return layout{}
}
