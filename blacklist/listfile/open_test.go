package listfile_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf16"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

func TestWhatIsNoListSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                     "empty",
		" \n\n":                                "empty",
		"# nothing but a comment\n":            "comments",
		"PK\x03\x04...":                        "save it as CSV",
		"%PDF-1.7":                             "PDF",
		"PBBL\x01\x00":                         "PhoneBlock's binary list",
		"<!DOCTYPE html>\n<html>":              "web page",
		"<?xml version=\"1.0\"?>":              "XML",
		"n\x00u\x00m\x00\x00\x01":              "UTF-16",
		"ID,Durchwahl\n4957510,2037601637\n":   `no column of the header is known to have numbers: "ID", "Durchwahl"; name it, for example --column "ID"`,
		"Nummer;Telefon\n1;030123456\n":        `several columns may have the numbers; choose with --column: "Nummer", "Telefon"`,
		"Dear all,\nhere is the list.\n":       "a header with a column such as number, Phone or Telefon, or one that --column names",
		`{"error":"token"}`:                    "{",
		`{"version":1}`:                        "{",
		`[4930231250, 4930231251, "030*"]`:     "[",
		`["+4930231250", "+4930231251"]`:       "[",
		"[\n+4930231250,\n+4930231251\n]\n":    "[",
		"anonymous\nprivate\n":                 "anonymous",
		string(packed(t, packed(t, []byte{}))): "gzip twice",
	} {
		_, err := listfile.Open(strings.NewReader(text), listfile.Options{Region: "DE"})
		if _, ok := errors.AsType[*listfile.UnknownFormatError](err); !ok || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
}

// longHeaders are headers of more than 64 KiB, in one column and in many.
func longHeaders() []string {
	many := strings.Repeat(",", 70_000)
	return []string{
		"number,description" + many, "number," + strings.Repeat("x", 70_000), "PhoneNo,Name,Reason" + many,
		"# comment\n" + many + "number,reason", "\ufeffnumber,reason" + many, string(utf16Text("number,reason" + many)),
	}
}

// utf16Text is a text in UTF-16, as spreadsheets on Windows save it.
func utf16Text(text string) []byte {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return out
}

// A header that ends behind the beginning by which a format is recognised is
// read as it is, whatever its beginning looks like.
func TestHeadersAreReadWhole(t *testing.T) {
	t.Parallel()
	for _, comments := range []int{0, 50_000, 65_000, 65_536, 70_000, 131_000, 131_060, 131_072} {
		for _, width := range []int{0, 100, 60_000} {
			text := strings.Repeat("#\n", comments/2) + "number,description" + strings.Repeat(",", width) + "\n+4930123456,a\n"
			rows, err := all([]byte(text), listfile.Options{})
			if _, ok := errors.AsType[*listfile.UnknownFormatError](err); err != nil && !ok {
				t.Fatal(err)
			}
			if err == nil && (len(rows) != 1 || rows[0].Problem != nil || rows[0].Entry.Reason != "a") {
				t.Errorf("%d comments, %d columns: %+v", comments/2, width, rows)
			}
			if whole := comments+width < 125_000; err != nil && whole {
				t.Errorf("%d comments, %d columns: %v", comments/2, width, err)
			}
		}
	}
}

// Where a list of formats wouldn't help, there is none.
func TestWhatIsWrongWithAFileIsSaidInShort(t *testing.T) {
	t.Parallel()
	comments := strings.Repeat("# comment\n", 20_000)
	for _, test := range []struct {
		format     listfile.Format
		text, want string
	}{
		{listfile.Any, "", "the file is empty"},
		{listfile.Any, " \r\n", "the file is empty"},
		{listfile.CSV, "", "the file is empty"},
		{listfile.Any, "# one\n\n# two\n", "the file has only comments"},
		{listfile.FTC, "# one\n", "the file has only comments"},
		{listfile.Any, comments, "there are only comments in the first 128 KiB of the file"},
		{listfile.Any, "number,Number,reason\n+4930123456,+4930123457,x\n", `two columns are named "number"; rename one of them`},
		{listfile.FreePBX, "number;description;number\n1;2;3\n", `two columns are named "number"; rename one of them`},
		{listfile.Any, "name,number,type,NUMBER\n1,2,3,4\n", `two columns are named "number"; rename one of them`},
	} {
		_, err := listfile.Open(strings.NewReader(test.text), listfile.Options{Format: test.format})
		if _, ok := errors.AsType[*listfile.UnknownFormatError](err); !ok || err.Error() != test.want {
			t.Errorf("%s, %.40q: %v, want %s", test.format, test.text, err, test.want)
		}
	}
	for _, header := range longHeaders() {
		_, err := listfile.Open(strings.NewReader(header+"\n+4930123456,a\n"), listfile.Options{})
		if want := "the header line is longer than 64 KiB"; err == nil || err.Error() != want {
			t.Errorf("%.40q: %v, want %s", header, err, want)
		}
	}
	_, got := read(t, "[1]\n", listfile.Options{Format: listfile.JSONLines})
	if want := "1: broken row [not an object in braces] 1"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, got = read(t, "{\"number\":\"+4930123456\"}\n[1]\n", listfile.Options{})
	if want := "2: broken row [a JSON array in place of an object in braces] [1]"; len(got) != 2 || got[1] != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func packed(t *testing.T, text []byte) []byte {
	t.Helper()
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestAFormatThatIsAskedForMustFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		format     listfile.Format
		text, want string
	}{
		{listfile.FreePBX, "phone,description\n1,x\n", "not a freepbx file: the first line is \"phone,description\"; the header must have number+description"},
		{listfile.PhoneBlock, "+4930123456\n", "not a phoneblock file"},
		{listfile.FTC, "number,description\n", "Company_Phone_Number"},
	} {
		_, err := listfile.Open(strings.NewReader(test.text), listfile.Options{Format: test.format})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.format, err)
		}
	}
	for _, format := range listfile.Formats() {
		if back, err := listfile.ParseFormat(strings.ToUpper(string(format))); err != nil || back != format {
			t.Errorf("ParseFormat(%s) = %s, %v", format, back, err)
		}
		if format.String() == string(format) {
			t.Errorf("%s has no words", format)
		}
	}
	if _, err := listfile.ParseFormat("excel"); err == nil {
		t.Error("excel is a format")
	}
	if _, err := listfile.NewWriter(io.Discard, listfile.FTC); err == nil {
		t.Error("a list of the FTC can be written")
	}
}

// What is read before a file breaks off is whole, and the break is an error.
func TestAFileThatBreaksOffSaysSo(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection lost")
	gz := packed(t, []byte("number,description\n"+strings.Repeat("+4930123456,x\n", 100_000)))
	for name, r := range map[string]io.Reader{
		"connection": io.MultiReader(strings.NewReader("number,description\n"+strings.Repeat("+4930123456,x\n", 10_000)+"+4930123"), iotest.ErrReader(broken)),
		"gzip":       bytes.NewReader(gz[:len(gz)-20]),
		"array":      strings.NewReader(`{"numbers":[` + strings.Repeat(`{"phone":"+4930123456","votes":2},`, 10_000)),
	} {
		reader, err := listfile.Open(r, listfile.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		rows, failed := 0, error(nil)
		for row, err := range reader.Rows() {
			switch {
			case failed != nil:
				t.Errorf("%s: a row after the end", name)
			case err != nil:
				failed = err
			case row.Problem != nil || row.Entry.Rule.String() != "+4930123456":
				t.Errorf("%s: %+v", name, row)
			default:
				rows++
			}
		}
		if failed == nil || rows < 9_000 {
			t.Errorf("%s: %d rows, %v", name, rows, failed)
		}
	}
	if _, err := listfile.Open(iotest.ErrReader(broken), listfile.Options{}); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestChanges(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		`{"numbers":[{"phone":"+4930123456","votes":2}]}`: false,
		`{"numbers":[{"phone":"+4930123456","votes":0}]}`: true,
		"ANI,delete\n+4930123456,\n":                      true,
		"+4930123456\n":                                   false,
	} {
		reader, err := listfile.Open(strings.NewReader(text), listfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range reader.Rows() { // All must be read before the question.
			if err != nil {
				t.Fatal(err)
			}
		}
		if got := reader.Changes(); got != want {
			t.Errorf("%s: %t", text, got)
		}
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	_, got := read(t, "+16465535819383\n", listfile.Options{Impossible: true, Kind: blacklist.Allow})
	if want := "1: allow +16465535819383"; len(got) != 1 || got[0] != want {
		t.Errorf("got %q, want %q", got, want)
	}
	_, got = read(t, "030123456\n", listfile.Options{})
	if len(got) != 1 || !strings.HasPrefix(got[0], "1: country not known") {
		t.Errorf("got %q", got)
	}
	if format, _ := read(t, "030123456\n", listfile.Options{Format: listfile.FreeSWITCH}); format != listfile.FreeSWITCH {
		t.Errorf("format %s", format)
	}
}

// A reader that wants no more gets no more.
func TestRowsStop(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"+4930123456\n+4930123457\n", "name,number,type\nx,+4930123456&+4930123457,\n", `[{"number":"+4930123456"},{"number":"+4930123457"}]`} {
		reader, err := listfile.Open(strings.NewReader(text), listfile.Options{})
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for _, err := range reader.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows++
			break
		}
		if rows != 1 {
			t.Errorf("%d rows", rows)
		}
	}
}
