package listfile

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// WrittenFormats returns the formats that a Writer supports.
func WrittenFormats() []Format { return []Format{CSV, JSONLines, FreePBX, Plain} }

// UnsupportedError means that a format cannot hold an entry, and that it was left out.
type UnsupportedError struct {
	Format Format
	// What is left out, as a plural: "prefixes".
	What string
}

func (e *UnsupportedError) Error() string { return fmt.Sprintf("%s cannot hold %s", e.Format, e.What) }

// Writer writes entries in one format.
type Writer struct {
	format Format
	out    *bufio.Writer
	table  *csv.Writer
	cells  []string
}

// NewWriter returns a Writer for one of WrittenFormats, and writes the header. Flush
// returns the errors of w.
func NewWriter(w io.Writer, format Format) (*Writer, error) {
	writer := &Writer{format: format, out: bufio.NewWriterSize(w, maxRecord)}
	switch format {
	case CSV:
		writer.begin(csvColumns...)
	case FreePBX:
		writer.begin("number", "description")
	case JSONLines, Plain:
	default:
		return nil, fmt.Errorf("invalid format %q: choose one of %s", string(format), formatNames(WrittenFormats()))
	}
	return writer, nil
}

func (w *Writer) begin(columns ...string) {
	w.table = csv.NewWriter(w.out)
	w.cells = columns
	_ = w.table.Write(columns) // Flush returns the error.
	w.cells = make([]string, 0, len(columns))
}

// Write writes an entry. Characters of its texts that are not printable become blanks,
// as an import reads them: another program may have put them into Redis. After an
// UnsupportedError, the entry was left out; after any other error, nothing more can be
// written.
func (w *Writer) Write(entry blacklist.Entry) error {
	if what := w.unsupported(entry); what != "" {
		return &UnsupportedError{Format: w.format, What: what}
	}
	for _, text := range []*string{&entry.Source, &entry.Author, &entry.Reason} {
		*text = strings.Map(printable, *text)
	}
	switch w.format {
	case CSV:
		return w.row(
			Protect(entry.Rule.Pattern.String()), Protect(entry.Rule.To.String()), string(entry.Kind), string(entry.Action),
			Protect(entry.Reason), Protect(entry.Source), Protect(entry.Author),
			timeText(entry.Created), timeText(entry.Expires), strconv.FormatInt(entry.Hits, 10), timeText(entry.LastHit),
		)
	case FreePBX:
		return w.row(entry.Rule.Pattern.String(), Protect(description(entry.Reason)))
	case JSONLines:
		text, err := json.Marshal(entry)
		if err != nil {
			return fmt.Errorf("write the list: %w", err)
		}
		return w.text(string(text))
	default:
		text := entry.Rule.Pattern.String()
		if entry.Reason != "" {
			text += " # " + line(entry.Reason)
		}
		return w.text(text)
	}
}

// Flush writes buffered data.
func (w *Writer) Flush() error {
	if w.table != nil {
		w.table.Flush()
	}
	if err := w.out.Flush(); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func (w *Writer) row(cells ...string) error {
	w.cells = append(w.cells[:0], cells...)
	if err := w.table.Write(w.cells); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

func (w *Writer) text(text string) error {
	_, _ = w.out.WriteString(text) // The next line has the same error.
	if err := w.out.WriteByte('\n'); err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return nil
}

// unsupported names what of an entry the format cannot hold, or "". The own formats hold
// everything. In other formats, such an entry would block more callers.
func (w *Writer) unsupported(entry blacklist.Entry) string {
	switch {
	case w.format.Own():
		return ""
	case entry.Kind != blacklist.Block:
		return "allowed numbers"
	case entry.Rule.Scoped():
		return "rules for dialled numbers"
	case !entry.Expires.IsZero():
		return "entries that expire"
	case !entry.Rule.Pattern.IsPrefix() && strings.Contains(entry.Rule.Pattern.String(), "*"):
		return "star codes" // They would become prefixes.
	case w.format == FreePBX && entry.Rule.Pattern.IsPrefix():
		return "prefixes"
	case w.format == Plain && strings.HasPrefix(entry.Rule.Pattern.String(), "#"):
		return "numbers that begin with #" // They would become comments.
	}
	return ""
}

func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339Nano)
}

// emptyDescription is what FreePBX writes for an empty description.
const emptyDescription = "1"

// description returns a reason for FreePBX. If it ends like a mark of SMSPlus, a mark is
// appended.
func description(reason string) string {
	switch mark := smsMark(reason); {
	case reason == "":
		return emptyDescription
	case mark != "":
		return reason + markCall
	}
	return strings.TrimSpace(reason)
}
