package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

// The formats of --output.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputLines = "jsonl"
	outputCSV   = "csv"
)

const outputFlag = "output"

func outputFormats() []string { return []string{outputTable, outputJSON, outputLines, outputCSV} }

func newOutputFlag() cli.Flag {
	return choose(&cli.StringFlag{Name: outputFlag, Value: outputTable, DefaultText: outputTable, Usage: "the output format, a `FORMAT`"}, outputFormats()...)
}

func wideFlag() cli.Flag {
	return &cli.BoolFlag{Name: "wide", Usage: "show all columns and whole texts, also where the terminal is too narrow", DisableDefaultText: true}
}

// readOutput returns the format of --output. It also reads --wide.
func (p *program) readOutput(c *cli.Context) (string, error) {
	p.wide = c.Bool("wide")
	format := c.String(outputFlag)
	if !slices.Contains(outputFormats(), format) {
		return "", usagef("--output: invalid format %q: choose one of %s", format, strings.Join(outputFormats(), ", "))
	}
	return format, nil
}

// configAndOutput returns the configuration and the format of --output.
func (p *program) configAndOutput(c *cli.Context) (config.Config, string, error) {
	read, err := p.config(c)
	if err != nil {
		return config.Config{}, "", err
	}
	format, err := p.readOutput(c)
	return read, format, err
}

// writePage writes the rows of a page in a format.
func writePage[T any](p *program, format string, columns []column[T], page app.Page[T]) error {
	switch format {
	case outputJSON:
		return writeJSON(p.out, page)
	case outputTable:
		return writeTable(p, columns, page.Rows)
	}
	return writeRows(p.out, format, page.Rows)
}

// writeRows writes rows as CSV or as lines of JSON.
func writeRows[T any](w io.Writer, format string, rows []T) error {
	if format == outputCSV {
		return writeCSV(w, rows, true)
	}
	for _, row := range rows {
		if err := writeJSONLine(w, row); err != nil {
			return err
		}
	}
	return nil
}

// writeOne writes a value in a format, as a table by what writes one.
func writeOne[T any](p *program, format string, value T, table func() error) error {
	switch format {
	case outputJSON:
		return writeJSON(p.out, value)
	case outputTable:
		return table()
	}
	return writeRows(p.out, format, []T{value})
}

func writeCSV[T any](w io.Writer, rows []T, header bool) error {
	file := newCSVRows[T](w, header)
	for _, row := range rows {
		if err := file.row(row); err != nil {
			return err
		}
	}
	return file.end()
}

// writeJSON writes indented JSON that is safe on a terminal.
func writeJSON(w io.Writer, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return writeSafeJSON(w, text)
}

// writeJSONLine writes a value as one line of JSON.
func writeJSONLine(w io.Writer, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return writeSafeJSON(w, text)
}

// firstUnsafe is DEL, the first character that JSON does not escape and that may
// control a terminal.
const firstUnsafe = 0x7f

func writeSafeJSON(w io.Writer, text []byte) error {
	_, err := w.Write(append(safeJSON(text), '\n'))
	return err
}

// safeJSON escapes characters that may control a terminal as \uXXXX. They only
// occur in strings.
func safeJSON(text []byte) []byte {
	var safe bytes.Buffer
	for _, r := range string(text) {
		if r < firstUnsafe || unicode.IsPrint(r) {
			safe.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&safe, `\u%04x`, unit)
		}
	}
	return safe.Bytes()
}

// printable escapes all characters that are neither visible nor a plain space,
// so that stored text cannot control a terminal, break a line or hide.
func printable(text string) string {
	var safe strings.Builder
	for i, r := range text {
		_, size := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&safe, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			safe.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			safe.WriteString(quoted[1 : len(quoted)-1])
		}
	}
	return safe.String()
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
