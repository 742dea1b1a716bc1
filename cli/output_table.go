package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// column is a column of a table. Its cells are texts, numbers, times or cells.
type column[T any] struct {
	name string
	cell func(T) any
}

// cell is a value of a table that says how to show it on a terminal.
type cell struct {
	value any
	// long says that the text may be cut.
	long bool
	// spare is not 0 if the column may be left out; the columns with the highest values
	// are left out first.
	spare int
	shade shade
}

// long returns a text that may be cut.
func long(text string) cell { return cell{value: text, long: true} }

// spare returns a value whose column may be left out.
func spare(rank int, value any) cell { return cell{value: value, spare: rank} }

// shade is the colour of a cell on a terminal.
type shade string

const (
	plain shade = ""
	bad   shade = "\x1b[31m"
	warn  shade = "\x1b[33m"
	good  shade = "\x1b[32m"

	unshaded = "\x1b[0m"
)

// shaded returns a value in a colour.
func shaded(s shade, value any) cell { return cell{value: value, shade: s} }

// okShade is the colour of what works or fails.
func okShade(ok bool) shade {
	if ok {
		return good
	}
	return bad
}

// asCell returns a value as a cell.
func asCell(value any) cell {
	if c, ok := value.(cell); ok {
		return c
	}
	return cell{value: value}
}

// tableLines is how many lines of a table determine the width of its columns. A
// longer cell after them widens its column for the following lines.
const tableLines = 1000

// noValue is the text of an empty cell.
const noValue = "-"

// tableCell is a cell as it is written.
type tableCell struct {
	text  string
	shade shade
}

// tableColumn is what a table knows of a column.
type tableColumn struct {
	name  string
	width int
	long  bool
	spare int
	// used says that a cell has a value; cut, that cells are cut to the width.
	used, cut bool
	hidden    bool
}

// tableRows writes a table.
type tableRows[T any] struct {
	out     io.Writer
	layout  layout
	cells   []column[T]
	columns []tableColumn
	// lines are buffered until the widths are known, then nil.
	lines [][]tableCell
}

func newTableRows[T any](w io.Writer, columns []column[T], l layout) *tableRows[T] {
	t := &tableRows[T]{out: w, layout: l, cells: columns, lines: [][]tableCell{}}
	header := make([]tableCell, len(columns))
	for i, c := range columns {
		header[i].text = strings.ToUpper(c.name)
		t.columns = append(t.columns, tableColumn{name: c.name, width: utf8.RuneCountInString(c.name)})
	}
	t.lines = append(t.lines, header)
	return t
}

// begin writes the header of a table whose lines come one by one, with columns of the
// given widths, or narrower ones where they do not fit. A second call does nothing.
func (t *tableRows[T]) begin(widths []int) error {
	if t.lines == nil {
		return nil
	}
	var none T
	t.line(none)
	for i := range t.columns {
		t.columns[i].width = max(t.columns[i].width, widths[i])
	}
	if t.layout.width > 0 {
		t.fit(false)
	}
	return t.flush(false)
}

func (t *tableRows[T]) row(row T) error {
	line := t.line(row)
	if t.lines == nil {
		return t.write(line)
	}
	if t.lines = append(t.lines, line); len(t.lines) <= tableLines {
		return nil
	}
	return t.flush(false)
}

// line returns the cells of a row, and learns from them what the columns are.
func (t *tableRows[T]) line(row T) []tableCell {
	line := make([]tableCell, len(t.cells))
	for i, c := range t.cells {
		about := asCell(c.cell(row))
		line[i] = tableCell{printable(tableText(about.value)), about.shade}
		if line[i].text == noValue {
			line[i].shade = plain
		}
		column := &t.columns[i]
		column.long, column.spare = column.long || about.long, max(column.spare, about.spare)
		column.used = column.used || line[i].text != noValue
		if !column.cut {
			column.width = max(column.width, columnsOf(line[i].text))
		}
	}
	return line
}

// end writes the buffered lines.
func (t *tableRows[T]) end() error { return t.flush(true) }

func (t *tableRows[T]) flush(whole bool) error {
	if len(t.lines) > 1 && t.layout.width > 0 {
		t.fit(whole)
	}
	for _, line := range t.lines {
		if err := t.write(line); err != nil {
			return err
		}
	}
	t.lines = nil
	return nil
}

const (
	// readable is how far long texts are cut before columns are left out, shortest how
	// far afterwards.
	readable = 20
	shortest = 8
)

// fit makes the table fit the terminal: it leaves out columns without values if the
// table is whole, then cuts long texts, then leaves out columns that can be spared.
func (t *tableRows[T]) fit(whole bool) {
	for i := range t.columns {
		t.columns[i].hidden = whole && !t.columns[i].used
	}
	t.cut(readable)
	var left []int
	for t.excess() > 0 {
		least := -1
		for i, c := range t.columns {
			if !c.hidden && c.spare > 0 && (least < 0 || c.spare > t.columns[least].spare) {
				least = i
			}
		}
		if least < 0 {
			break
		}
		t.columns[least].hidden = true
		left = append(left, least)
	}
	t.cut(shortest)
	// A narrow column may fit in place of a wide one that was left out after it.
	for i, column := range slices.Backward(left) {
		if t.columns[column].hidden = false; t.excess() > 0 {
			t.columns[column].hidden = true
		} else {
			left = slices.Delete(left, i, i+1)
		}
	}
	if len(left) > 0 && t.layout.left != nil {
		names := make([]string, len(left))
		for i, column := range left {
			names[i] = t.columns[column].name
		}
		t.layout.left(names)
	}
}

// excess returns by how much the table is wider than the terminal.
func (t *tableRows[T]) excess() int {
	excess := -len(gap) - t.layout.width
	for _, c := range t.columns {
		if !c.hidden {
			excess += c.width + len(gap)
		}
	}
	return excess
}

// cut makes the widest columns with long texts narrower, but none narrower than least,
// until the table fits.
func (t *tableRows[T]) cut(least int) {
	for excess := t.excess(); excess > 0; excess-- {
		widest := -1
		for i, c := range t.columns {
			if c.long && !c.hidden && c.width > max(least, len(c.name)) && (widest < 0 || c.width > t.columns[widest].width) {
				widest = i
			}
		}
		if widest < 0 {
			return
		}
		t.columns[widest].width--
		t.columns[widest].cut = true
	}
}

// gap separates columns.
const gap = "  "

func (t *tableRows[T]) write(cells []tableCell) error {
	last := len(cells) - 1
	for last > 0 && t.columns[last].hidden {
		last--
	}
	var line strings.Builder
	for i, c := range cells[:last+1] {
		column := t.columns[i]
		if column.hidden {
			continue
		}
		text := c.text
		if column.cut {
			text = shortened(text, column.width)
		}
		line.WriteString(t.layout.paint(c.shade, text))
		if i < last {
			line.WriteString(strings.Repeat(" ", max(0, column.width-columnsOf(text))) + gap)
		}
	}
	line.WriteByte('\n')
	_, err := io.WriteString(t.out, line.String())
	return err
}

func tableText(value any) string {
	text := ""
	switch value := value.(type) {
	case time.Time:
		if !value.IsZero() {
			text = localTime(value)
		}
	default:
		text = fmt.Sprint(value)
	}
	if text == "" {
		return noValue
	}
	return text
}

func localTime(at time.Time) string { return at.Local().Format(time.DateTime) }

// writeTable writes rows as a table for stdout.
func writeTable[T any](p *program, columns []column[T], rows []T) error {
	return writeTableTo(p.out, p.layout(), columns, rows)
}

func writeTableTo[T any](w io.Writer, l layout, columns []column[T], rows []T) error {
	table := newTableRows(w, columns, l)
	for _, row := range rows {
		if err := table.row(row); err != nil {
			return err
		}
	}
	return table.end()
}
