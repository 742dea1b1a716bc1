package listfile

import (
	"bytes"
	"cmp"
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
	// sourced says that rows have their own source.
	sourced bool
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
	case Plain, FreeSWITCH, NCID:
		return layout{format: options.Format, open: openPlain}, nil
	default:
	}
	text := bytes.TrimSpace(head)
	if len(text) == 0 && options.Format != JSONLines {
		return layout{}, &UnknownFormatError{Format: options.Format, Seen: "the file is empty", plain: true}
	}
	if open := recogniseJSON(text, options.Format); open.format != Any {
		return open, nil
	}
	if found := recogniseLines(text, options.Format); found.format != Any {
		return found, nil
	}
	tried := delimiters
	if delimiter := announced(beginning(l, head, whole)); delimiter != whole {
		tried = []byte{delimiter}
	}
	if len(options.Columns) == 0 {
		for _, delimiter := range tried {
			begun := beginning(l, head, delimiter)
			names := headerOf(begun)
			first, _ := begun.next()
			for _, d := range dialects {
				if d.fits(names, options.Format) && (options.Format != Any || d.fitsRow(names, first)) {
					if name := names.duplicate(d.columns); name != "" {
						seen := fmt.Sprintf("two columns are named %q; rename one of them", name)
						return layout{}, &UnknownFormatError{Format: options.Format, Seen: seen, plain: true}
					}
					return layout{format: d.format, open: d.open(delimiter)}, nil
				}
			}
		}
	}
	found, noNumbers := recogniseTable(l, head, tried, options)
	if found.format != Any {
		return found, nil
	}
	if noNumbers != nil && noNumbers.plain {
		return layout{}, noNumbers
	}
	if options.Format == Any && looksPlain(beginning(l, head, whole), options) {
		return layout{format: Plain, open: openPlain}, nil
	}
	err := unknown(beginning(l, head, whole), options.Format)
	if noNumbers != nil {
		err.Columns, err.Example = noNumbers.Columns, noNumbers.Example
	}
	return layout{}, err
}

// recogniseLines detects formats of lines by the first ones.
func recogniseLines(text []byte, asked Format) layout {
	taken := astDBFamily(string(text))
	first, _, _ := bytes.Cut(text, []byte("\n"))
	_, _, _, isAstDB := astDBRow(string(first))
	// Asterisk may print warnings before it.
	isAstDB = isAstDB || astDBFamily(string(text[:min(len(text), 1<<10)])) == blacklistFamily
	for _, candidate := range []struct {
		fits bool
		layout
	}{
		{isVCard(text) || asked == VCard, layout{format: VCard, open: openVCards}},
		{isAstDB || astDBCount.Match(first) || asked == AstDB, layout{format: AstDB, open: openAstDB(taken)}},
	} {
		if candidate.fits && (asked == Any || asked == candidate.format) {
			return candidate.layout
		}
	}
	return layout{}
}

// recogniseTable detects a table by the names of its columns. The error, nil if the text is
// no table, has the names.
func recogniseTable(l *lines, head, tried []byte, options Options) (layout, *UnknownFormatError) {
	if options.Format != Any && options.Format != CSV {
		return layout{}, nil
	}
	delimiter := likeliest(l, head, tried)
	begun, n := beginning(l, head, delimiter), numbers{region: options.Region}
	names := headerOf(begun)
	if names.looksLikeData() {
		return layout{}, nil
	}
	t, err := newTable(names, options.Columns)
	switch {
	case err != nil:
		err.Format = options.Format
		return layout{}, err
	case len(t.numbers) > 0:
		return layout{format: CSV, open: openTable(t, delimiter), sourced: t.sourced()}, nil
	}
	err = &UnknownFormatError{Columns: names.titles}
	row, _ := begun.next()
	for i, title := range names.titles {
		if n.isNumber(row.cell(i), minTelling) {
			err.Example = title
			break
		}
	}
	return layout{}, err
}

// likeliest returns the delimiter that gives the header and the first row as many cells,
// and most of them.
func likeliest(l *lines, head, tried []byte) byte {
	best, most := tried[0], 0
	for _, delimiter := range tried {
		begun := beginning(l, head, delimiter)
		cells := len(headerOf(begun).names)
		if row, ok := begun.next(); cells > 1 && (!ok || len(row.fields) == cells) {
			cells += maxRecord
		}
		if cells > most {
			best, most = delimiter, cells
		}
	}
	return best
}

// announced returns the delimiter that the first line names for a spreadsheet, as in
// sep=; or whole if there is none.
func announced(l *lines) byte {
	rec, ok := l.next()
	if !ok {
		return whole
	}
	delimiter, _ := separatorLine(rec.text)
	return delimiter
}

// separatorLine reads a line such as sep=; which may be quoted.
func separatorLine(line []byte) (delimiter byte, ok bool) {
	text := strings.Trim(string(line), " \r,;|\"")
	if !strings.EqualFold(strings.TrimRight(text, "\t"), "sep=") {
		return whole, false
	}
	_, after, _ := strings.Cut(string(line), "=")
	if after = strings.Trim(after, " \r\""); after == "" || bytes.IndexByte(delimiters, after[0]) < 0 {
		return whole, true
	}
	return after[0], true
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
func unknown(l *lines, asked Format) *UnknownFormatError {
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
			return header{}
		}
		if !rec.long && isPreamble(rec.text) {
			continue
		}
		decode(&rec)
		return newHeader(rec.fields)
	}
}

// isPreamble reports whether a line before the header is ignored: a comment, empty cells,
// or the delimiter for a spreadsheet.
func isPreamble(line []byte) bool {
	line = bytes.TrimSpace(line)
	_, separator := separatorLine(line)
	return len(bytes.Trim(line, ",;|\t\" ")) == 0 || line[0] == '#' || separator
}

func firstLine(l *lines) (record, bool) {
	for {
		rec, ok := l.next()
		if !ok || rec.long || !isPreamble(rec.text) {
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
	// Columns are the names in the first line, Example the one that may have numbers.
	// Remove them likewise.
	Columns []string
	Example string
}

// WithoutText returns the error without text of the file.
func (e *UnknownFormatError) WithoutText() *UnknownFormatError {
	bare := *e
	bare.FirstLine, bare.Columns, bare.Example = "", nil, ""
	return &bare
}

func (e *UnknownFormatError) Error() string {
	columns := quoted(e.Columns)
	switch {
	case e.plain && columns != "":
		return e.Seen + ": " + columns
	case e.plain:
		return e.Seen
	}
	seen := e.Seen
	if e.FirstLine != "" {
		seen = fmt.Sprintf("the first line is %q", e.FirstLine)
	}
	if e.Format != Any {
		text := fmt.Sprintf("not a %s file: %s", string(e.Format), seen)
		if header := headerNames(e.Format); header != "" {
			text += "; the header must have " + header
		}
		return text
	}
	if strings.Contains(columns, ", ") {
		return fmt.Sprintf("unknown format: no column of the header is known to have numbers: %s; name it, for example --column %q", columns, cmp.Or(e.Example, e.Columns[0]))
	}
	return fmt.Sprintf("unknown format: %s; the file needs a header with a column such as number, Phone or Telefon,"+
		" or one that --column names, or a number at the beginning of each line; --help lists the formats", seen)
}

// headerNames returns the names of columns that a format requires.
func headerNames(format Format) string {
	var known []string
	for _, d := range dialects {
		if d.format == format {
			known = append(known, strings.Join(slices.Concat(d.columns, d.marks), "+"))
		}
	}
	if format == CSV {
		known = append(known, "number, or a column that --column names")
	}
	return strings.Join(known, " or ")
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
		{phoneBlockKey.Match(text) || asked == PhoneBlock && bytes.HasPrefix(text, []byte("{")), layout{format: PhoneBlock, open: openArray("numbers", newPhoneBlock)}},
		{complaintKey.Match(text) || asked == FCCJSON && array, layout{format: FCCJSON, open: openArray("", newFCCJSON)}},
		{array && (ownKey.Match(text) || emptyArray.Match(text) || asked == JSONLines), layout{format: JSONLines, open: openArray("", newOwnJSON), sourced: true}},
		{ownList.Match(text), layout{format: JSONLines, open: openArray("entries", newOwnJSON), sourced: true}},
		{!array && (ownKey.Match(text) || asked == JSONLines), layout{format: JSONLines, open: openJSONLines, sourced: true}},
	} {
		if candidate.fits && (asked == Any || asked == candidate.format) {
			return candidate.layout
		}
	}
	return layout{}
}
