package batch

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// lines are files of each kind, without their end.
var fileKinds = []struct {
	header, end string
	line        func(number, text string) string
}{
	{"", "", func(number, text string) string { return number + "," + text }},
	{"", "", func(number, text string) string { return `"` + number + `" # ` + text }},
	{"number,reason", "", func(number, text string) string { return `"` + number + `",` + text }},
	{"Rufnummer;Handy;Grund", "", func(number, text string) string { return number + `;;` + text }},
	{"pattern,description", "", func(number, text string) string { return `"` + number + `",` + text }},
	{"", "", func(number, text string) string { return "/blacklist/" + number + " : " + text }},
	{"BEGIN:VCARD\nFN:x", "\nEND:VCARD", func(number, text string) string { return "TEL;TYPE=" + text + ":" + number }},
}

// Each line of a file is counted once for each of its numbers, and is either on the list
// or among the rejects.
func TestEachLineOfAFileIsCounted(t *testing.T) {
	t.Parallel()
	numbers := rapid.SampledFrom([]string{
		"+493023125012", "+493023125013", "+4930231250*", "+493023125012 / +493023125014", "+49302312501?", "anonymous", "nobody", "", "110", "+49*", "4,93E+11",
		"^\\+49302312", "0160#", "+493099999", "+493023125012 +493023125013", "12", "+4930",
	})
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom(fileKinds).Draw(t, "kind")
		lines := []string{}
		if kind.header != "" {
			lines = strings.Split(kind.header, "\n")
		}
		first := len(lines)
		for range rapid.IntRange(1, 8).Draw(t, "lines") {
			lines = append(lines, kind.line(numbers.Draw(t, "number"), rapid.SampledFrom([]string{"spam", "x"}).Draw(t, "text")))
		}
		text := strings.Join(lines, "\n") + kind.end + "\n"
		options := listfile.Options{Region: "DE"}
		if kind.header == "" && text[0] != '/' {
			options.Format = listfile.Plain
		}
		reader, err := listfile.Open(strings.NewReader(text), options)
		if err != nil {
			t.Fatalf("%v of %s", err, text)
		}
		list := newFakeList(entry("allow +493023125013 manual"), entry("block +493023125099 ftc"))
		list.own = append(list.own, number("+493099999").Pattern())
		rejected, texts := map[int64]bool{}, map[string]bool{}
		summary, err := newEngine(list, newFakeJournal()).Import(t.Context(), Job{
			Rows: reader.Rows(), Source: "ftc", AllowShrink: true,
			Rejected: func(r Reject) error {
				rejected[r.Line], texts[r.Text] = true, true
				return nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		checkCounts(t, summary.Counts)
		again, err := listfile.Open(strings.NewReader(text), options)
		if err != nil {
			t.Fatal(err)
		}
		rows, seen := int64(0), map[int64]bool{}
		for row, err := range again.Rows() {
			if err != nil {
				t.Fatal(err)
			}
			rows++
			seen[row.Line] = true
			_, listed := list.entries[row.Entry.Rule.String()]
			switch {
			case row.Problem != nil && !rejected[row.Line]:
				t.Fatalf("line %d is not among the rejects of\n%s", row.Line, text)
			case row.Problem == nil && !listed && !texts[row.Entry.Rule.String()]:
				t.Fatalf("line %d is neither on the list nor among the rejects of\n%s", row.Line, text)
			}
		}
		if rows != summary.Counts.Rows {
			t.Fatalf("%d rows, counted as %d", rows, summary.Counts.Rows)
		}
		for i := first; i < len(lines); i++ {
			if !seen[int64(i+1)] {
				t.Fatalf("line %d has no row of\n%s", i+1, text)
			}
		}
	})
}
