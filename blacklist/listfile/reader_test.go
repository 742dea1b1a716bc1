package listfile_test

import (
	"strings"
	"testing"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

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
