package listfile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

func seed(f *testing.F, add func(text []byte)) {
	f.Helper()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		add(text)
	}
}

// Whatever stands in a file, and whatever it is taken for, it is read without
// a crash, in lines that it has, and what is taken can be kept.
func FuzzOpen(f *testing.F) {
	seed(f, func(text []byte) {
		f.Add(text, uint8(0), "DE", uint32(0))
		f.Add(text, uint8(1), "US", uint32(0))
		f.Add(text, uint8(0), "DE", uint32(70_000))
	})
	for i := range listfile.Formats() {
		f.Add([]byte("number,description\n+4930123456,x\n"), uint8(i+1), "", uint32(70_000))
	}
	f.Fuzz(func(t *testing.T, text []byte, format uint8, region string, width uint32) {
		text = widened(text, int(width%200_000))
		options := listfile.Options{Region: phone.Region(region)}
		if i := int(format) % (len(listfile.Formats()) + 1); i > 0 {
			options.Format = listfile.Formats()[i-1]
		}
		rows, err := all(text, options)
		if unknown, ok := errors.AsType[*listfile.UnknownFormatError](err); ok && (len(rows) > 0 || unknown.Seen == "") {
			t.Fatalf("%d rows of %v", len(rows), err)
		}
		lines := int64(bytes.Count(text, []byte("\n"))+bytes.Count(text, []byte("\r"))) + 1
		packed := bytes.HasPrefix(text, []byte("\x1f\x8b"))
		last := int64(1)
		for _, row := range rows {
			if row.Line < last || row.Line > lines && !packed {
				t.Fatalf("line %d after %d of %d", row.Line, last, lines)
			}
			last = row.Line
			checkRow(t, row)
		}
		if again, _ := all(text, options); len(again) != len(rows) {
			t.Fatalf("%d rows, then %d", len(rows), len(again))
		}
	})
}

// widened returns a text whose first line has more columns: no fuzzer finds
// long ones by itself.
func widened(text []byte, width int) []byte {
	end := bytes.IndexAny(text, "\r\n")
	if end < 0 {
		end = len(text)
	}
	return slices.Concat(text[:end], bytes.Repeat([]byte(","), width), text[end:])
}

// all reads a file in small bites.
func all(text []byte, options listfile.Options) (rows []listfile.Row, err error) {
	reader, err := listfile.Open(iotest.HalfReader(bytes.NewReader(text)), options)
	if err != nil {
		return nil, err
	}
	for row, err := range reader.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func checkRow(t *testing.T, row listfile.Row) {
	t.Helper()
	if problem := row.Problem; problem != nil {
		if problem.Cause == "" || problem.Detail == "" || !isLine(problem.Text) {
			t.Fatalf("line %d: %+v", row.Line, problem)
		}
		if row.Entry != (blacklist.Entry{}) || row.Remove || row.Reports != 0 {
			t.Fatalf("line %d has a problem, and %+v", row.Line, row)
		}
		return
	}
	e := row.Entry
	if back, err := blacklist.ParseRule(e.Rule.String()); err != nil || back != e.Rule {
		t.Fatalf("line %d: rule %q is no rule: %v", row.Line, e.Rule, err)
	}
	if row.Remove {
		return
	}
	if _, err := blacklist.ParseKind(string(e.Kind)); err != nil || row.Reports < 1 || e.Hits < 0 {
		t.Fatalf("line %d: %+v, %v", row.Line, row, err)
	}
	for _, text := range []string{e.Reason, e.Source, e.Author} {
		if !isLine(text) || len(text) > listfile.MaxText {
			t.Fatalf("line %d: %q", row.Line, text)
		}
	}
}

func isLine(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) })
}

// Every line of plain text that isn't blank or a comment is a row.
func FuzzPlain(f *testing.F) {
	f.Add("+4930123456 # night\n\n# comment\n030 123,x\nSmith\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\x00#") || !utf8.ValidString(text) || strings.HasPrefix(text, "\ufeff") {
			t.Skip("what a line is isn't plain")
		}
		rows, err := all([]byte(text), listfile.Options{Format: listfile.Plain, Region: "DE"})
		if err != nil {
			t.Skip(err) // It begins like a container.
		}
		var want, got []int64
		for i, line := range strings.Split(text, "\n") {
			if strings.ContainsFunc(line, func(c rune) bool { return c == utf8.RuneError || unicode.IsPrint(c) && c != ' ' }) {
				want = append(want, int64(i)+1)
			}
		}
		for _, row := range rows {
			got = append(got, row.Line)
		}
		got = slices.Compact(got) // A line may have several numbers.
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("lines %s", diff)
		}
	})
}

// Every row of a file with a header is a row, taken or refused.
func FuzzRows(f *testing.F) {
	f.Add("+4930123456", "a \"reason\"", "x", uint8(3))
	f.Fuzz(func(t *testing.T, first, second, third string, copies uint8) {
		n := int(copies)%50 + 1
		for header, format := range map[string]listfile.Format{
			"Company_Phone_Number;Subject;x":   listfile.FTC,
			"Caller ID Number;Issue;x":         listfile.FCC,
			"PhoneNo;Name;Reason":              listfile.CallAttendant,
			"ANI;delete;x":                     listfile.Plum,
			"number;description;x":             listfile.FreePBX,
			"number;reason;kind":               listfile.CSV,
			"Caller ID;Description;x":          listfile.ThreeCX,
			"x;Number;Name;Type;Outlist;Other": listfile.YeastarCloud,
		} {
			var file strings.Builder
			file.WriteString(header + "\n")
			for range n {
				file.WriteString(quoted(first) + ";" + quoted(second) + ";" + quoted(third) + "\n")
			}
			if strings.Count(first+second+third, "\n") > 20 || file.Len() > n*50_000 {
				t.Skip("longer than a row may be")
			}
			rows, err := all([]byte(file.String()), listfile.Options{Region: "DE"})
			if err != nil {
				if strings.ContainsRune(file.String(), 0) {
					t.Skip("zero bytes are no text")
				}
				t.Fatalf("%s: %v", format, err)
			}
			want := n
			if format == listfile.YeastarCloud {
				want *= max(1, len(strings.FieldsFunc(second, func(c rune) bool { return c == '&' || c == '^' })))
			}
			if len(rows) != want {
				t.Fatalf("%s: %d rows of %d in\n%s", format, len(rows), want, file.String())
			}
		}
	})
}

func quoted(text string) string { return `"` + strings.ReplaceAll(text, `"`, `""`) + `"` }

// Each number of a card is a row, whatever is around it.
func FuzzVCard(f *testing.F) {
	f.Add("FN:Jane\nTEL:+493023125012\n", "item1.TEL", "TYPE=CELL", "+49 30 23125 012")
	f.Add("N;ENCODING=QUOTED-PRINTABLE:M=C3=\n=BCller\nPHOTO:\n x\n", "tel", "WORK;PREF", "tel:+442079460123")
	f.Add("BEGIN:VCARD\nTEL:x\n", "TEL", "", "nobody")
	f.Fuzz(func(t *testing.T, lines, name, parameters, value string) {
		name = strings.Trim(name, " \t")
		if strings.ContainsAny(parameters, "\r\n\x00:\"=") || strings.ContainsAny(value, "\r\n\x00") || strings.ContainsAny(lines, "\r\x00") || !utf8.ValidString(value) {
			t.Skip("the line ends elsewhere")
		}
		if group, tel := name[:max(0, len(name)-len("TEL"))], name[max(0, len(name)-len("TEL")):]; !strings.EqualFold(tel, "TEL") || strings.ContainsAny(group, "\r\n\x00:;\"=\t ") || group != "" && !strings.HasSuffix(group, ".") {
			t.Skip("no TEL")
		}
		before := "BEGIN:VCARD\n" + lines + "\nX:\n"
		line := int64(strings.Count(before, "\n")) + 1
		rows, err := all([]byte(before+name+";"+parameters+":"+value+"\nEND:VCARD\n"), listfile.Options{Format: listfile.VCard, Region: "DE"})
		if err != nil {
			t.Skip(err)
		}
		found := false
		for _, row := range rows {
			checkRow(t, row)
			found = found || row.Line == line
		}
		if !found {
			t.Fatalf("no row for line %d of %d rows", line, len(rows))
		}
	})
}

// Each line of AstDB that isn't blank or the count is a row.
func FuzzAstDB(f *testing.F) {
	f.Add("/blacklist/+493023125012                          : window seller\n/blacklist/blocked : 1\n3 results found.\n")
	f.Add("/cidname/02079460123|Jane\n/x\njunk: \n/blacklist/a/b: c: d\n")
	f.Fuzz(func(t *testing.T, text string) {
		if strings.ContainsAny(text, "\r\x00") || !utf8.ValidString(text) || strings.HasPrefix(text, "\ufeff") {
			t.Skip("what a line is isn't plain")
		}
		rows, err := all([]byte(text), listfile.Options{Format: listfile.AstDB, Region: "DE"})
		if err != nil {
			t.Skip(err)
		}
		covered := map[int64]bool{}
		for _, row := range rows {
			checkRow(t, row)
			covered[row.Line] = true
		}
		for i, line := range strings.Split(text, "\n") {
			blank := strings.TrimFunc(line, func(c rune) bool { return c != utf8.RuneError && (!unicode.IsPrint(c) || c == ' ') }) == ""
			if !blank && !covered[int64(i+1)] && !strings.Contains(line, "found") {
				t.Fatalf("line %d, %q, is lost", i+1, line)
			}
		}
	})
}

// An expression is read without a crash, and what is taken can be kept.
func FuzzExpression(f *testing.F) {
	for _, text := range []string{`^1?202555016`, `^(\+49|0)30\d+$`, `[+]49.*`, `^+`, `(((((1?)?)?)?)?)?2`, `1{2,3}`, `^\x{31}`, `_202[1-5]X.`} {
		f.Add(text, "US")
	}
	f.Fuzz(func(t *testing.T, text, region string) {
		if strings.ContainsAny(text, "\r\n\x00") {
			t.Skip("several lines")
		}
		encoded, err := json.Marshal(map[string]string{"rule": text, "number": text})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := all(encoded, options(region))
		if err != nil || len(rows) == 0 {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		for _, row := range rows {
			checkRow(t, row)
		}
	})
}

func options(region string) listfile.Options {
	return listfile.Options{Format: listfile.JSONLines, Region: phone.Region(region)}
}
