package listfile_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// rowText is a row in one line, as the tests want it.
func rowText(row listfile.Row) string {
	text := strconv.FormatInt(row.Line, 10) + ": "
	switch {
	case row.Problem != nil:
		return text + string(row.Problem.Cause) + " [" + row.Problem.Detail + "] " + row.Problem.Text
	case row.Remove:
		return text + "remove " + row.Entry.Rule.String()
	}
	text += row.Entry.String()
	if row.Entry.Action != "" {
		text += ", " + string(row.Entry.Action)
	}
	if row.Reports != 1 {
		text += fmt.Sprintf(" (%d)", row.Reports)
	}
	if at := row.Entry.Expires; !at.IsZero() {
		text += " until " + at.Format(time.RFC3339)
	}
	if row.Entry.Reason != "" {
		text += ": " + row.Entry.Reason
	}
	return text
}

// read returns the rows of a text as lines, and what the Reader says.
func read(t *testing.T, text string, options listfile.Options) (listfile.Format, []string) {
	t.Helper()
	reader, err := listfile.Open(strings.NewReader(text), options)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	var got []string
	for row, err := range reader.Rows() {
		if err != nil {
			t.Fatalf("Rows: %v", err)
		}
		got = append(got, rowText(row))
	}
	return reader.Format(), got
}
