package listfile_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// text is any text that an entry may keep: printable, at most MaxText bytes.
func text() *rapid.Generator[string] {
	printable := func(s string) string {
		return strings.Map(func(c rune) rune {
			if unicode.IsPrint(c) {
				return c
			}
			return -1
		}, s)
	}
	return rapid.OneOf(
		rapid.SampledFrom([]string{"", "manual", `"`, `""`, "'", "''", "'=1", "=1+1", "+1", "-", "@x", "#", "# #x", ",", ";", "a, b", `a "b"`, `\`, "1", "/Call", "a/Sms", "é€☎", "null", strings.Repeat("x", listfile.MaxText)}),
		rapid.StringMatching(`['=+@#",; -]{0,3}[a-z",;'|#= ]{0,12}`),
		rapid.Map(rapid.StringN(-1, -1, listfile.MaxText), printable),
	)
}

func instants() *rapid.Generator[time.Time] {
	return rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "none") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "seconds"), rapid.SampledFrom([]int64{0, 0, 1, 999_000_000}).Draw(t, "nanoseconds")).UTC()
	})
}

const region phone.Region = "DE"

// pattern is any pattern that may be on the list of a German company.
func pattern() *rapid.Generator[phone.Pattern] {
	return rapid.Custom(func(t *rapid.T) phone.Pattern {
		text := rapid.OneOf(
			rapid.StringMatching(`(\+|00|0|)[0-9]{2,14}`), rapid.StringMatching(`\+[1-9][0-9]{0,8}\*`),
			rapid.SampledFrom([]string{"100", "*31#", "#31#", "12*", "+16465535819383", "+999123"}),
		).Draw(t, "pattern")
		pattern, err := region.Pattern(text)
		if err != nil {
			t.Skip(err)
		}
		return pattern
	})
}

func entry() *rapid.Generator[blacklist.Entry] {
	return rapid.Custom(func(t *rapid.T) blacklist.Entry {
		e := blacklist.Entry{
			Rule:    blacklist.Rule{Pattern: pattern().Draw(t, "caller")},
			Kind:    rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Block, blacklist.Allow}).Draw(t, "kind"),
			Action:  rapid.SampledFrom(append(blacklist.Actions(), "")).Draw(t, "action"),
			Reason:  text().Draw(t, "reason"),
			Source:  text().Draw(t, "source"),
			Author:  text().Draw(t, "author"),
			Created: instants().Draw(t, "created"),
			Expires: blacklist.End(instants().Draw(t, "expires")),
			Hits:    rapid.Int64Min(0).Draw(t, "hits"),
			LastHit: instants().Draw(t, "last hit"),
		}
		if rapid.Bool().Draw(t, "scoped") {
			if to := region.Caller(rapid.StringMatching(`[+0]?[0-9]{3,12}`).Draw(t, "to")); to.Known() {
				e.Rule.To = to.Pattern()
			}
			if rapid.Bool().Draw(t, "range") {
				e.Rule.To = pattern().Draw(t, "dialled")
			}
		}
		return e
	})
}

// What is written is read again, field for field, as far as the format has
// the fields.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	kept := map[listfile.Format]func(blacklist.Entry) blacklist.Entry{
		listfile.CSV:       func(e blacklist.Entry) blacklist.Entry { return e },
		listfile.JSONLines: func(e blacklist.Entry) blacklist.Entry { return e },
		listfile.FreePBX: func(e blacklist.Entry) blacklist.Entry {
			reason := strings.TrimSpace(e.Reason)
			if reason == "1" {
				reason = "" // so FreePBX writes no description
			}
			return blacklist.Entry{Rule: e.Rule, Kind: e.Kind, Reason: reason}
		},
		listfile.Plain: func(e blacklist.Entry) blacklist.Entry {
			return blacklist.Entry{Rule: e.Rule, Kind: e.Kind, Reason: strings.TrimSpace(e.Reason)}
		},
	}
	for _, format := range listfile.WrittenFormats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				entries := rapid.SliceOf(entry()).Draw(t, "entries")
				var want []blacklist.Entry
				var file bytes.Buffer
				w, err := listfile.NewWriter(&file, format)
				if err != nil {
					t.Fatal(err)
				}
				for _, e := range entries {
					if err := w.Write(e); err == nil {
						want = append(want, kept[format](e))
					} else if _, ok := errors.AsType[*listfile.UnsupportedError](err); !ok || format.Own() {
						t.Fatal(err)
					}
				}
				if err := w.Flush(); err != nil {
					t.Fatal(err)
				}
				compare(t, file.String(), format, want)
			})
		})
	}
}

// spellings are texts that may stand where a number belongs: as Ringfence keeps
// it, as people write it, or as neither.
func spellings() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.StringMatching(`(\+|00|011|0|)[0-9]{1,15}\*?`), rapid.StringMatching(`[0-9*#]{1,6}`),
		rapid.SampledFrom([]string{"00277", "004930123456", "030 123456", "(030) 12-34-56", "0049 (0)30 123456", "+49 30 *", "266696687", "0*", "12345*", "anonymous", ""}),
	)
}

// A number is the same in each own format, however it is spelled, and what is
// taken comes back from every format as what it is, or from foreign ones, which
// take less, not at all.
func TestNumbersAreReadAlike(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		where := rapid.SampledFrom([]phone.Region{"", "DE", "US", "IT"}).Draw(t, "region")
		number, to := spellings().Draw(t, "number"), ""
		if rapid.Bool().Draw(t, "scoped") {
			to = spellings().Draw(t, "to")
		}
		rule := number + " to " + to
		line, err := json.Marshal(map[string]string{"number": number, "to": to, "kind": "block"})
		if err != nil {
			t.Fatal(err)
		}
		table := rowOf(t, "number,to,hits\n\""+number+"\",\""+to+"\",\n", listfile.CSV, where)
		object := rowOf(t, string(line)+"\n", listfile.JSONLines, where)
		if table.Entry.Rule != object.Entry.Rule || (table.Problem == nil) != (object.Problem == nil) {
			t.Fatalf("%q: %v %v as CSV, %v %v as JSON", rule, table.Entry.Rule, table.Problem, object.Entry.Rule, object.Problem)
		}
		if table.Problem != nil {
			if table.Problem.Cause != object.Problem.Cause {
				t.Fatalf("%q: %v as CSV, %v as JSON", rule, table.Problem, object.Problem)
			}
			return
		}
		if caller := table.Entry.Rule.Pattern.String(); !table.Entry.Rule.Pattern.IsPrefix() && where.Caller(caller).String() != caller {
			t.Fatalf("%q: %s is listed, and nobody calls so", rule, caller)
		}
		for _, format := range listfile.WrittenFormats() {
			var file bytes.Buffer
			w, err := listfile.NewWriter(&file, format)
			if err == nil {
				err = w.Write(table.Entry)
			}
			if _, lost := errors.AsType[*listfile.UnsupportedError](err); lost {
				continue
			}
			if err = errors.Join(err, w.Flush()); err != nil {
				t.Fatal(err)
			}
			back := rowOf(t, file.String(), format, where)
			if back.Problem != nil && !format.Own() {
				if _, err := where.Pattern(table.Entry.Rule.Pattern.String()); err != nil {
					continue
				}
			}
			if back.Entry.Rule != table.Entry.Rule {
				t.Fatalf("%q: %s comes back from %s as %s, %v", rule, table.Entry.Rule, format, back.Entry.Rule, back.Problem)
			}
		}
	})
}

// rowOf reads a file of one row.
func rowOf(t *rapid.T, file string, format listfile.Format, where phone.Region) listfile.Row {
	rows, err := all([]byte(file), listfile.Options{Format: format, Region: where, Impossible: true})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d rows, %v of %q", len(rows), err, file)
	}
	return rows[0]
}

func compare(t *rapid.T, file string, format listfile.Format, want []blacklist.Entry) {
	options := listfile.Options{Region: region, Impossible: true, Format: format}
	if len(want) > 0 && rapid.Bool().Draw(t, "recognised") && !strings.HasPrefix(file, "#") {
		options.Format = listfile.Any
	}
	reader, err := listfile.Open(strings.NewReader(file), options)
	if err != nil {
		if len(want) == 0 {
			return // nothing to recognise
		}
		t.Fatalf("%v in\n%s", err, file)
	}
	if reader.Format() != format {
		t.Fatalf("taken for %s:\n%s", reader.Format(), file)
	}
	var got []blacklist.Entry
	for row, err := range reader.Rows() {
		if err != nil || row.Problem != nil {
			t.Fatalf("line %d: %v, %v in\n%s", row.Line, err, row.Problem, file)
		}
		got = append(got, row.Entry)
	}
	if diff := cmp.Diff(want, got, cmp.Comparer(func(a, b blacklist.Rule) bool { return a == b })); diff != "" {
		t.Fatalf("%s\n%s", diff, file)
	}
}

// anyText is what somebody may have put into Redis.
func anyText() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(bytes []byte) string { return string(bytes) }),
		rapid.SampledFrom([]string{
			"\x1b]0;owned\a", "\x1b[2J", "\u009b31m", "=cmd|'/C calc'!A0", "\t=1+1", "\r=1+1", "\n=1+1", "@SUM(A1)", "-2+3", "+1+1", "＝1", "＠x",
			"a\r\nb,c", "\u202etxt.exe", "'=1", "\x00", "\x7f", "=1/Call", " =1/Sms",
		}),
	)
}

// formula is how a cell begins that spreadsheets may run.
var formula = regexp.MustCompile(`^[=+\-@\t\r＝＋－＠]`)

// Whatever is in Redis, no format that is written controls a terminal or has a
// formula, but for numbers with their +, and it is read again as an import keeps it.
func TestWrittenFilesAreHarmless(t *testing.T) {
	t.Parallel()
	for _, format := range listfile.WrittenFormats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				e := entry().Draw(t, "entry")
				if !format.Own() { // Other entries are left out.
					e.Kind, e.Expires, e.Rule.To = blacklist.Block, time.Time{}, phone.Pattern{}
				}
				e.Source, e.Author, e.Reason = anyText().Draw(t, "source"), anyText().Draw(t, "author"), anyText().Draw(t, "reason")
				var file bytes.Buffer
				w, err := listfile.NewWriter(&file, format)
				if err == nil {
					err = w.Write(e)
				}
				if _, lost := errors.AsType[*listfile.UnsupportedError](err); lost {
					t.Skip(err)
				}
				if err = errors.Join(err, w.Flush()); err != nil {
					t.Fatal(err)
				}
				for _, c := range file.String() {
					if c != '\n' && !unicode.IsPrint(c) {
						t.Fatalf("%q has %q", file.String(), c)
					}
				}
				if format == listfile.CSV || format == listfile.FreePBX {
					rows, err := csv.NewReader(&file).ReadAll()
					if err != nil || len(rows) != 2 {
						t.Fatalf("%q, %v", rows, err)
					}
					for _, cell := range rows[1] {
						if formula.MatchString(cell) && cell != e.Rule.Pattern.String() && cell != e.Rule.To.String() {
							t.Fatalf("the cell %q is a formula", cell)
						}
					}
				}
			})
		})
	}
}

func TestProtectIsTakenBack(t *testing.T) {
	t.Parallel()
	for cell, want := range map[string]string{
		"": "", "a": "a", "=1": "'=1", "@x": "'@x", "-1": "'-1", "+4930123456": "+4930123456", "+44*:to:+4930": "+44*:to:+4930",
		"spam": "spam", "+cmd|'/C calc'!A0": "'+cmd|'/C calc'!A0", "-2": "'-2", "@SUM(A1)": "'@SUM(A1)",
		"+4420*": "+4420*", "+4420*:to:+4930888": "+4420*:to:+4930888", "+49301+1": "'+49301+1", "+49301\n": "'+49301\n",
		"block +4930123456": "block +4930123456", "+4930123456 rang at noon": "'+4930123456 rang at noon",
		"'": "''", "'a": "''a", "'=1": "''=1", "\t=1": "'\t=1", "\r=1": "'\r=1", "＝1": "'＝1", "＠x": "'＠x", "＋1": "'＋1", "－1": "'－1",
	} {
		if got := listfile.Protect(cell); got != want {
			t.Errorf("Protect(%q) = %q, want %q", cell, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		cell := text().Draw(t, "cell")
		if got := listfile.Unprotect(listfile.Protect(cell)); got != cell {
			t.Fatalf("%q comes back as %q", cell, got)
		}
	})
}
