package store_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

// anyEntries are entries of all kinds, each rule once. Their texts are in one
// line that can be shown, as all ways to list them demand.
func anyEntries(tb testing.TB, base time.Time) *rapid.Generator[[]blacklist.Entry] {
	tb.Helper()
	text := rapid.OneOf(
		rapid.SampledFrom([]string{"", "manual", "=1+1", "'quoted'", "a,b;c \"d\"", "+49 30", " blank ", "é€😀", "# no comment", "1", "NULL"}),
		rapid.StringOfN(rapid.Rune().Filter(unicode.IsPrint), 0, 30, -1),
	)
	return rapid.Map(rapid.MapOf(
		rapid.StringMatching(`(\+[1-9][0-9]{4,13}\*?|[1-9][0-9]{0,5}\*?|\*[0-9]{2}#?)(:to:\+49[12]{3,8})?`).Filter(func(s string) bool {
			parsed, err := blacklist.ParseRule(s)
			if err != nil || s[0] != '+' {
				return err == nil
			}
			// No caller and no typed number has another form than this.
			pattern, err := phone.Region("").Pattern(parsed.Pattern.String())
			return err == nil && pattern == parsed.Pattern
		}),
		rapid.Custom(func(t *rapid.T) blacklist.Entry {
			e := blacklist.Entry{
				Kind:    rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(t, "kind"),
				Source:  text.Draw(t, "source"),
				Author:  text.Draw(t, "author"),
				Reason:  text.Draw(t, "reason"),
				Created: base.Add(-time.Duration(rapid.IntRange(0, 1e6).Draw(t, "age")) * time.Second),
				Hits:    rapid.Int64Range(0, 1e6).Draw(t, "hits"),
			}
			if e.Kind == blacklist.Block {
				e.Action = rapid.SampledFrom(append(blacklist.Actions(), "")).Draw(t, "action")
			}
			if rapid.Bool().Draw(t, "ends") {
				e.Expires = base.Add(time.Duration(rapid.IntRange(1, 1000).Draw(t, "hours")) * time.Hour)
			}
			if e.Hits > 0 {
				e.LastHit = base.Add(-time.Minute)
			}
			return e
		}),
	), func(m map[string]blacklist.Entry) []blacklist.Entry {
		list := make([]blacklist.Entry, 0, len(m))
		for text, e := range m {
			e.Rule = rule(tb, text)
			list = append(list, e)
		}
		slices.SortFunc(list, func(a, b blacklist.Entry) int { return strings.Compare(a.Rule.String(), b.Rule.String()) })
		return list
	})
}

// What one Redis exports and an empty one imports is the same list, field for
// field.
func TestExportAndImportGiveTheSameList(t *testing.T) {
	t.Parallel()
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := serve(t)
			rapid.Check(t, func(rt *rapid.T) {
				base := time.Now().Truncate(time.Second).UTC()
				format := rapid.SampledFrom([]listfile.Format{listfile.CSV, listfile.JSONLines}).Draw(rt, "format")
				from, to := newFixture(t, url), newFixture(t, url)
				if _, err := from.Put(t.Context(), anyEntries(t, base).Draw(rt, "list")); err != nil {
					rt.Fatal(err)
				}
				var file bytes.Buffer
				out, err := listfile.NewWriter(&file, format)
				if err != nil {
					rt.Fatal(err)
				}
				for entry, err := range from.All(t.Context(), blacklist.Query{Sort: blacklist.ByNumber}) {
					if err != nil {
						rt.Fatal(err)
					}
					if err := out.Write(entry); err != nil {
						rt.Fatal(err)
					}
				}
				if err := out.Flush(); err != nil {
					rt.Fatal(err)
				}
				in, err := listfile.Open(&file, listfile.Options{Format: format})
				if err != nil {
					rt.Fatal(err)
				}
				summary, err := engine(to).Import(t.Context(), batch.Job{Rows: in.Rows(), Risky: true, Changes: in.Changes})
				if err != nil || summary.Counts.RefusedRows() > 0 {
					rt.Fatalf("%v, %+v", err, summary.Counts)
				}
				whole := blacklist.Query{Sort: blacklist.ByNumber}
				equal(rt, "the list", to.list(t, whole), from.list(t, whole))
			})
		})
	}
}
