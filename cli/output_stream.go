package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/ringfence/ringfence/app"
)

// rowSink writes rows one by one.
type rowSink[T any] interface {
	row(T) error
	// end writes what is still buffered.
	end() error
}

// streamRows writes rows in a format as they arrive, in constant memory. After an
// error the end of the output is missing. In JSON, total is asked for the number of
// rows, given how many were written.
func streamRows[T any](w io.Writer, format string, columns []column[T], rows iter.Seq2[T, error], total func(written int64) (int64, error)) error {
	out := bufio.NewWriter(w)
	var sink rowSink[T]
	switch format {
	case outputJSON:
		sink = &jsonRows[T]{out: out, total: total}
	case outputLines:
		sink = jsonLines[T]{out}
	case outputCSV:
		sink = newCSVRows[T](out, true)
	default:
		sink = newTableRows(out, columns)
	}
	for row, err := range rows {
		if err == nil {
			err = sink.row(row)
		}
		if err != nil {
			return err
		}
	}
	if err := sink.end(); err != nil {
		return err
	}
	return out.Flush()
}

// jsonRows writes an app.Page, like writeJSON.
type jsonRows[T any] struct {
	out     io.Writer
	total   func(written int64) (int64, error)
	written int64
}

func (j *jsonRows[T]) row(value T) error {
	before := ",\n    "
	if j.written == 0 {
		before = fmt.Sprintf("{\n  %q: [\n    ", app.Key[T]())
	}
	j.written++
	text, err := json.MarshalIndent(value, "    ", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	if _, err := io.WriteString(j.out, before); err != nil {
		return err
	}
	_, err = j.out.Write(safeJSON(text))
	return err
}

func (j *jsonRows[T]) end() error {
	total, err := j.total(j.written)
	if err != nil {
		return err
	}
	if j.written == 0 {
		return writeJSON(j.out, app.Page[T]{Total: total})
	}
	_, err = fmt.Fprintf(j.out, "\n  ],\n  \"total\": %d\n}\n", total)
	return err
}

// jsonLines writes one object per line.
type jsonLines[T any] struct{ out io.Writer }

func (j jsonLines[T]) row(value T) error { return writeJSONLine(j.out, value) }

func (j jsonLines[T]) end() error { return nil }

// tableLines is how many lines of a table determine the width of its columns. A
// longer cell after them widens its column for the following lines.
const tableLines = 1000

// tableRows writes a table.
type tableRows[T any] struct {
	out     io.Writer
	columns []column[T]
	widths  []int
	// lines are buffered until the widths are known, then nil.
	lines [][]string
}

func newTableRows[T any](w io.Writer, columns []column[T]) *tableRows[T] {
	t := &tableRows[T]{out: w, columns: columns, widths: make([]int, len(columns))}
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.ToUpper(c.name)
	}
	t.lines = append(make([][]string, 0, 1), t.measured(names))
	return t
}

func (t *tableRows[T]) measured(cells []string) []string {
	for i, cell := range cells {
		t.widths[i] = max(t.widths[i], utf8.RuneCountInString(cell))
	}
	return cells
}

func (t *tableRows[T]) row(row T) error {
	cells := make([]string, len(t.columns))
	for i, c := range t.columns {
		cells[i] = printable(tableText(c.cell(row)))
	}
	t.measured(cells)
	if t.lines == nil {
		return t.write(cells)
	}
	if t.lines = append(t.lines, cells); len(t.lines) <= tableLines {
		return nil
	}
	return t.end()
}

// end writes the buffered lines.
func (t *tableRows[T]) end() error {
	for _, cells := range t.lines {
		if err := t.write(cells); err != nil {
			return err
		}
	}
	t.lines = nil
	return nil
}

func (t *tableRows[T]) write(cells []string) error {
	var line strings.Builder
	for i, cell := range cells {
		line.WriteString(cell)
		if i < len(cells)-1 {
			line.WriteString(strings.Repeat(" ", t.widths[i]-utf8.RuneCountInString(cell)+len("  ")))
		}
	}
	line.WriteByte('\n')
	_, err := io.WriteString(t.out, line.String())
	return err
}
