package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"

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
func streamRows[T any](p *program, format string, columns []column[T], rows iter.Seq2[T, error], total func(written int64) (int64, error)) error {
	out := bufio.NewWriter(p.out)
	var sink rowSink[T]
	switch format {
	case outputJSON:
		sink = &jsonRows[T]{out: out, total: total}
	case outputLines:
		sink = jsonLines[T]{out}
	case outputCSV:
		sink = newCSVRows[T](out, true)
	default:
		sink = newTableRows(out, columns, p.layout())
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
