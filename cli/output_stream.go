package cli

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// rowSink writes rows one by one.
type rowSink[T any] interface {
	row(T) error
	// end writes what is still buffered.
	end() error
}

// streamRows writes rows in a format as they arrive, in constant memory. After an
// error the end of the output is missing.
func streamRows[T any](w io.Writer, format string, columns []column[T], rows iter.Seq2[T, error]) error {
	out := bufio.NewWriter(w)
	var sink rowSink[T]
	switch format {
	case outputJSON:
		sink = &jsonRows[T]{out: out}
	case outputCSV:
		sink = newCSVRows(out, columns, true)
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

// jsonRows writes rows as an array, like writeJSON.
type jsonRows[T any] struct {
	out  io.Writer
	some bool // a row was written
}

func (j *jsonRows[T]) row(value T) error {
	before := "[\n  "
	if j.some {
		before = ",\n  "
	}
	j.some = true
	text, err := json.MarshalIndent(value, "  ", "  ")
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
	after := "[]\n"
	if j.some {
		after = "\n]\n"
	}
	_, err := io.WriteString(j.out, after)
	return err
}

// csvRows writes CSV.
type csvRows[T any] struct {
	file    *csv.Writer
	columns []column[T]
	line    []string
}

func newCSVRows[T any](w io.Writer, columns []column[T], header bool) *csvRows[T] {
	c := &csvRows[T]{csv.NewWriter(w), columns, make([]string, len(columns))}
	if header {
		for i, column := range columns {
			c.line[i] = strings.ReplaceAll(column.name, " ", "_")
		}
		_ = c.file.Write(c.line) // end returns the error.
	}
	return c
}

func (c *csvRows[T]) row(row T) error {
	for i, column := range c.columns {
		c.line[i] = listfile.Protect(printable(csvText(column.cell(row))))
	}
	return c.file.Write(c.line)
}

func (c *csvRows[T]) end() error {
	c.file.Flush()
	return c.file.Error()
}

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
