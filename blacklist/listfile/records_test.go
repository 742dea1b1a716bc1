package listfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func cutAll(l *lines) (records [][]string, broken int) {
	for {
		rec, ok := l.next()
		if !ok {
			return records, broken
		}
		if rec.broken != "" {
			broken++
			continue
		}
		if l.delimiter == whole {
			rec.fields = []string{string(rec.text)}
		}
		records = append(records, slices.Clone(rec.fields))
	}
}

// What encoding/csv takes is cut the same.
func FuzzRecords(f *testing.F) {
	for _, text := range []string{
		"a,b\nc,d", "a;b\r\n\r\nc\r\n", "\"a\",\"b\"\"c\"\n", "\"a\nb\",c", "\"a\r\nb\"\r\n", "\"\"", ",\n,", "\"a,b\n\"c\n", "a\"b,c\n", "\"a\"b\n", "\r", "a\r", "\"a\r\r\nb\"",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		standard := csv.NewReader(strings.NewReader(text))
		standard.FieldsPerRecord = -1
		want, err := standard.ReadAll()
		for name, r := range map[string]io.Reader{"at once": strings.NewReader(text), "in bytes": iotest.OneByteReader(strings.NewReader(text))} {
			l := newLines(r)
			l.delimiter = ','
			got, broken := cutAll(l)
			if lines := strings.Count(text, "\n") + 1; len(got)+broken > lines || l.line < int64(strings.Count(text, "\n")) {
				t.Fatalf("%s: %d records of %d lines, %d counted", name, len(got)+broken, lines, l.line)
			}
			if err != nil || strings.Count(text, "\n") > maxRecordLines || len(text) > maxRecord {
				continue
			}
			if diff := cmp.Diff(want, got); diff != "" || broken > 0 {
				t.Fatalf("%s: %d broken, %s", name, broken, diff)
			}
		}
	})
}

// Every line comes back, whatever stands in it: cut, or as broken.
func TestNoLineIsLost(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOf(rapid.StringMatching(`[a,"]{0,6}x`)).Draw(t, "lines")
		l := newLines(strings.NewReader(strings.Join(all, "\n")))
		l.delimiter = ','
		var back []string
		for {
			rec, ok := l.next()
			if !ok {
				break
			}
			if rec.line != int64(len(back))+1 {
				t.Fatalf("line %d after %d lines", rec.line, len(back))
			}
			back = append(back, strings.Split(string(rec.text), "\n")...)
		}
		if strings.Join(back, "\n") != strings.Join(all, "\n") {
			t.Fatalf("%q comes back as %q", all, back)
		}
	})
}

// Well-formed text of any make comes back from the cutter.
func TestRecordsComeBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOf(rapid.SliceOfN(rapid.StringMatching(`[a ,;"\n\r']{0,8}`), 2, 5)).Draw(t, "records")
		var file bytes.Buffer
		w := csv.NewWriter(&file)
		w.Comma = rapid.SampledFrom([]rune{',', ';', '\t', '|'}).Draw(t, "delimiter")
		if err := w.WriteAll(want); err != nil {
			t.Fatal(err)
		}
		l := newLines(iotest.HalfReader(&file))
		l.delimiter = byte(w.Comma)
		got, broken := cutAll(l)
		if broken > 0 {
			t.Fatalf("%d broken", broken)
		}
		for i, record := range want {
			for j, field := range record {
				want[i][j] = strings.ReplaceAll(field, "\r\n", "\n")
			}
		}
		if diff := cmp.Diff(want, got); len(want) > 0 && diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestAQuoteThatIsNeverClosedCostsALine(t *testing.T) {
	t.Parallel()
	for name, filler := range map[string]string{"many lines": "a,b\n", "long lines": strings.Repeat("x", 10_000) + ",b\n"} {
		l := newLines(strings.NewReader("a,\"b\n" + strings.Repeat(filler, 1000)))
		l.delimiter = ','
		if got, broken := cutAll(l); len(got) != 1000 || broken != 1 {
			t.Errorf("%s: %d records and %d broken ones", name, len(got), broken)
		}
	}
}

func TestALineWithoutEndIsRefused(t *testing.T) {
	t.Parallel()
	for _, quote := range []string{"", `"`} {
		l := newLines(strings.NewReader("a\n" + quote + strings.Repeat("x", 5<<20) + "\nb"))
		l.delimiter = ','
		got, broken := cutAll(l)
		if diff := cmp.Diff([][]string{{"a"}, {"b"}}, got); diff != "" || broken != 1 || l.line != 4 {
			t.Errorf("%d broken, line %d: %s", broken, l.line, diff)
		}
		if l.r.Size() > 5*maxRecord {
			t.Errorf("%d bytes are held", l.r.Size())
		}
	}
}

// A file that breaks off in a line may have cut a number short.
func TestWhatIsCutShortIsNotTaken(t *testing.T) {
	t.Parallel()
	failure := errors.New("cut short")
	for _, delimiter := range []byte{whole, ','} {
		l := newLines(io.MultiReader(strings.NewReader("+4930123456\n+4930123"), iotest.ErrReader(failure)))
		l.delimiter = delimiter
		got, _ := cutAll(l)
		if diff := cmp.Diff([][]string{{"+4930123456"}}, got); diff != "" || !errors.Is(l.failed(), failure) {
			t.Errorf("%q: %v: %s", delimiter, l.failed(), diff)
		}
	}
}
