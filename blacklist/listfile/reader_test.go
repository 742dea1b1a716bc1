package listfile_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

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

func TestOwnCSVInAnyOrderOfColumns(t *testing.T) {
	t.Parallel()
	format, got := read(t, "\ufeffReason;NUMBER;x;Kind;expires\r\n"+
		"\"silent; calls\";+4930123456;;block;2027-01-02T03:04:05Z\r\n"+
		"'=1+1;030 1234567;;allow;\r\n"+
		"a;;;block;\r\n"+
		"a;+4930123456;;never;\r\n"+
		"a;+4930123456;;;tomorrow", listfile.Options{Region: "DE"})
	if format != listfile.CSV {
		t.Errorf("format %s", format)
	}
	want := []string{
		"2: block +4930123456 until 2027-01-02T03:04:05Z: silent; calls",
		"3: allow +49301234567: =1+1",
		"4: no number",
		"5: unknown kind",
		"6: unreadable time",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	format, got := read(t, "# our list\n\n030138839942\n03020181800 # call centre\n0304070744*\n+12603404548;\"a, b\"\n"+
		"tel:+49-30-123456;ext=17\n+16465535819383\nanonymous\nSmith\n\u00a0030 123 456\u00a0\n+4930123457", listfile.Options{Region: "DE"})
	if format != listfile.Plain {
		t.Errorf("format %s", format)
	}
	want := []string{
		"3: block +4930138839942",
		"4: block +493020181800: call centre",
		"5: block +49304070744*",
		"6: block +12603404548: a, b",
		"7: block +4930123456",
		"8: impossible number",
		"9: withheld caller",
		"10: not a number",
		"11: block +4930123456",
		"12: block +4930123457",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
