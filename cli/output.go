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
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/urfave/cli/v2"
	"golang.org/x/term"

	"github.com/ringfence/ringfence/config"
)

// The formats of --output.
const (
	outputTable = "table"
	outputJSON  = "json"
	outputCSV   = "csv"
)

const outputFlag = "output"

func newOutputFlag(formats ...string) cli.Flag {
	return choose(&cli.StringFlag{Name: outputFlag, Value: formats[0], DefaultText: formats[0], Usage: "the output format, a `FORMAT`"}, formats...)
}

// readOutput returns the format of --output, one of those that the command
// supports.
func readOutput(c *cli.Context, formats ...string) (string, error) {
	format := c.String(outputFlag)
	if !slices.Contains(formats, format) {
		return "", usagef("--output: invalid format %q: choose one of %s", format, strings.Join(formats, ", "))
	}
	return format, nil
}

// configAndOutput returns the configuration and the format of --output.
func (p *program) configAndOutput(c *cli.Context, formats ...string) (config.Config, string, error) {
	read, err := p.config(c)
	if err != nil {
		return config.Config{}, "", err
	}
	format, err := readOutput(c, formats...)
	return read, format, err
}

// column is a column of a table. Its cells are texts, numbers or times.
type column[T any] struct {
	name string
	cell func(T) any
}

// writeRows writes rows in a format.
func writeRows[T any](w io.Writer, format string, columns []column[T], rows []T) error {
	return streamRows(w, format, columns, func(yield func(T, error) bool) {
		for _, row := range rows {
			if !yield(row, nil) {
				return
			}
		}
	})
}

func writeTable[T any](w io.Writer, columns []column[T], rows []T) error {
	return writeRows(w, outputTable, columns, rows)
}

func tableText(cell any) string {
	if at, ok := cell.(time.Time); ok && !at.IsZero() {
		return localTime(at)
	}
	if text := csvText(cell); text != "" {
		return text
	}
	return "-"
}

func localTime(at time.Time) string { return at.Local().Format(time.DateTime) }

func writeCSV[T any](w io.Writer, columns []column[T], rows []T, header bool) error {
	file := newCSVRows(w, columns, header)
	for _, row := range rows {
		if err := file.row(row); err != nil {
			return err
		}
	}
	return file.end()
}

func csvText(cell any) string {
	switch value := cell.(type) {
	case string:
		return value
	case int64:
		return strconv.FormatInt(value, 10)
	case time.Time:
		if value.IsZero() {
			return ""
		}
		return value.Format(time.RFC3339)
	default:
		return fmt.Sprint(value)
	}
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
