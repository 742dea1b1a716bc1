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

// WrittenFormats returns the formats that a Writer knows.
func WrittenFormats() []Format { return []Format{CSV, JSONLines, FreePBX, Plain} }

// NotCarriedError says that a format has no way to say what an entry is, and
// that the entry was therefore left out.
type NotCarriedError struct {
	Format Format
	// What is left out, in the plural: "prefixes".
	What string
}

func (e *NotCarriedError) Error() string { return fmt.Sprintf("%s has no %s", e.Format, e.What) }

// Writer writes entries in one format.
type Writer struct {
	format Format
	out    *bufio.Writer
	table  *csv.Writer
	cells  []string
}

// NewWriter makes a Writer for one of WrittenFormats, and begins the file.
// Flush returns the errors of w.
func NewWriter(w io.Writer, format Format) (*Writer, error) {
	writer := &Writer{format: format, out: bufio.NewWriterSize(w, maxRecord)}
	switch format {
	case CSV:
		writer.begin(csvColumns...)
	case FreePBX:
		writer.begin("number", "description")
	case JSONLines, Plain:
	default:
		return nil, fmt.Errorf("no format %q to write: choose one of %s", string(format), formatNames(WrittenFormats()))
	}
	return writer, nil
}

func (w *Writer) begin(columns ...string) {
	w.table = csv.NewWriter(w.out)
	w.cells = columns
	_ = w.table.Write(columns) // Flush returns the error.
	w.cells = make([]string, 0, len(columns))
}

// Write writes an entry. A NotCarriedError says that it was left out, and
// why; after any other error nothing more can be written.
func (w *Writer) Write(entry blacklist.Entry) error {
	if what := w.lacks(entry); what != "" {
		return &NotCarriedError{Format: w.format, What: what}
	}
	switch w.format {
	case CSV:
		return w.row(
			string(entry.Kind), Protect(entry.Rule.Pattern.String()), Protect(entry.Rule.To.String()), string(entry.Action),
			timeText(entry.Created), timeText(entry.Expires), strconv.FormatInt(entry.Hits, 10), timeText(entry.LastHit),
			Protect(entry.Source), Protect(entry.Author), Protect(entry.Reason),
		)
	case FreePBX:
		return w.row(entry.Rule.Pattern.String(), description(entry.Reason))
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

// Flush writes what is still to be written.
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

// lacks names what the entry is and the format can't say, "" if it can. The
// own formats have all of it. With the others, a list would block more callers
// than it does here.
func (w *Writer) lacks(entry blacklist.Entry) string {
	switch {
	case w.format.Own():
		return ""
	case entry.Kind != blacklist.Block:
		return "allowed numbers"
	case entry.Rule.Scoped():
		return "rules for one dialled number"
	case !entry.Expires.IsZero():
		return "entries that end"
	case !entry.Rule.Pattern.IsPrefix() && strings.Contains(entry.Rule.Pattern.String(), "*"):
		return "star codes" // They would be beginnings.
	case w.format == FreePBX && entry.Rule.Pattern.IsPrefix():
		return "prefixes"
	case w.format == Plain && strings.HasPrefix(entry.Rule.Pattern.String(), "#"):
		return "numbers that begin with #" // They would be comments.
	}
	return ""
}

func timeText(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.Format(time.RFC3339Nano)
}

// emptyDescription is what FreePBX writes where nobody wrote anything.
const emptyDescription = "1"

// description is a reason as FreePBX keeps it. One that ends like a mark of
// SMSPlus gets a mark of its own.
func description(reason string) string {
	switch mark := smsMark(reason); {
	case reason == "":
		return emptyDescription
	case mark != "":
		return reason + markCall
	}
	return strings.TrimSpace(reason)
}
