package batch

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// seq makes rows, numbered by their lines, of entries and problems.
func seq(rows ...listfile.Row) iter.Seq2[listfile.Row, error] {
	return func(yield func(listfile.Row, error) bool) {
		for i, r := range rows {
			r.Line = int64(i + 2)
			if !yield(r, nil) {
				return
			}
		}
	}
}

// file makes the rows of a foreign file.
func file(rules ...string) iter.Seq2[listfile.Row, error] {
	var rows []listfile.Row
	for _, text := range rules {
		rows = append(rows, listfile.Row{Entry: blacklist.Entry{Rule: rule(text), Kind: blacklist.Block}, Reports: 1})
	}
	return seq(rows...)
}

// plain compares what the packages keep to themselves.
var plain = gocmp.Options{
	gocmp.Comparer(func(a, b phone.Pattern) bool { return a == b }),
	gocmp.Comparer(func(a, b phone.Number) bool { return a == b }),
}

func newEngine(list *fakeList, journal *fakeJournal) *Engine {
	list.journal = journal
	return &Engine{
		List: list, Journal: journal, Now: func() time.Time { return day },
		Retryable: func(err error) bool { return errors.Is(err, errAway) },
	}
}

func TestWhatStands(t *testing.T) {
	t.Parallel()
	expired := blacklist.Entry{Rule: rule("+4930123"), Kind: blacklist.Block, Expires: day}
	mark := listfile.Row{Entry: blacklist.Entry{Rule: rule("+4930123"), Kind: blacklist.Block}, Remove: true}
	votes := listfile.Row{Entry: blacklist.Entry{Rule: rule("+4930123"), Kind: blacklist.Block}, Reports: 3}
	for _, test := range []struct {
		name  string
		list  []string
		own   string
		rows  iter.Seq2[listfile.Row, error]
		job   Job
		want  string // the kinds and rules after it, and the cause of a refusal
		cause listfile.Cause
	}{
		{"a new one", nil, "", file("+4930123"), Job{}, "[block +4930123 ftc]", ""},
		{"another source's", []string{"block +4930123 manual note"}, "", file("+4930123"), Job{}, "[block +4930123 manual]", Kept},
		{"allowed", []string{"allow +4930123 manual"}, "", file("+4930123"), Job{}, "[allow +4930123 manual]", Allowed},
		{"allowed by itself before", []string{"allow +4930123 ftc"}, "", file("+4930123"), Job{}, "[block +4930123 ftc]", ""},
		{"below an allowed prefix", []string{"allow +4930* manual"}, "", file("+4930123"), Job{}, "[allow +4930* manual]", Allowed},
		{"a longer prefix", []string{"allow +49301* manual"}, "", file("+4930123*"), Job{}, "[allow +49301* manual]", Allowed},
		{"the digits of an allowed prefix", []string{"allow +4930123* manual"}, "", file("+4930123"), Job{}, "[allow +4930123* manual]", Allowed},
		{"above an allowed number", []string{"allow +4930123 manual"}, "", file("+49301*"), Job{}, "[block +49301* ftc allow +4930123 manual]", ""},
		{"a prefix that is allowed elsewhere", []string{"allow +4930*:to:+4940888 manual"}, "", file("+4930123:to:+4940999"), Job{}, "[allow +4930*:to:+4940888 manual block +4930123:to:+4940999 ftc]", ""},
		{"a prefix that is allowed there", []string{"allow +4930*:to:+4940888 manual"}, "", file("+4930123:to:+4940888"), Job{}, "[allow +4930*:to:+4940888 manual]", Allowed},
		{"a prefix that is allowed somewhere", []string{"allow +4930*:to:+4940888 manual"}, "", file("+4930123"), Job{}, "[allow +4930*:to:+4940888 manual]", Allowed},
		{"allowed everywhere", []string{"allow +4930123 manual", "block +49301239 x"}, "", file("+4930123:to:+4940888"), Job{}, "[allow +4930123 manual block +49301239 x]", Allowed},
		{"allowed for one", []string{"allow +4930123:to:+4940888 manual"}, "", file("+4930123"), Job{}, "[block +4930123 ftc allow +4930123:to:+4940888 manual]", ""},
		{"a range that is allowed", []string{"allow +4930123:to:+49408* manual"}, "", file("+4930123:to:+4940888"), Job{}, "[allow +4930123:to:+49408* manual]", Allowed},
		{"the digits of a range that is allowed", []string{"allow +4930123:to:+49408* manual"}, "", file("+4930123:to:+49408"), Job{}, "[allow +4930123:to:+49408* manual]", Allowed},
		{"a part of a range that is allowed", []string{"allow +4930123:to:+49408* manual", "block +4930123:to:+494081 x"}, "", file("+4930123:to:+4940888*"), Job{}, "[allow +4930123:to:+49408* manual block +4930123:to:+494081 x]", Allowed},
		{"another range", []string{"allow +4930123:to:+49408* manual"}, "", file("+4930123:to:+49409*"), Job{}, "[allow +4930123:to:+49408* manual block +4930123:to:+49409* ftc]", ""},
		{"a longer range is allowed", []string{"allow +4930123:to:+49408* manual"}, "", file("+4930123:to:+4940*"), Job{}, "[block +4930123:to:+4940* ftc allow +4930123:to:+49408* manual]", ""},
		{"a prefix that is allowed for the range", []string{"allow +4930*:to:+49408* manual"}, "", file("+4930123:to:+4940888"), Job{}, "[allow +4930*:to:+49408* manual]", Allowed},
		{"a prefix that is allowed for a part of the range", []string{"allow +4930*:to:+49408* manual"}, "", file("+4930123:to:+4940*"), Job{}, "[allow +4930*:to:+49408* manual]", Allowed},
		{"a prefix that is allowed for another range", []string{"allow +4930*:to:+49408* manual"}, "", file("+4930123:to:+49409*"), Job{}, "[allow +4930*:to:+49408* manual block +4930123:to:+49409* ftc]", ""},
		{"an own number", nil, "+4930123", file("+4930123"), Job{}, "[]", OwnNumber},
		{"a prefix of own numbers", nil, "+4930123", file("+49301*"), Job{}, "[]", OwnNumber},
		{"a number in an own range", nil, "+4930123*", file("+493012345"), Job{}, "[]", OwnNumber},
		{"too broad", nil, "", file("+4930*"), Job{}, "[]", TooBroad},
		{"too broad, but meant", nil, "", file("+4930*"), Job{Risky: true}, "[block +4930* ftc]", ""},
		{"too short", nil, "", file("11"), Job{}, "[]", TooShort},
		{"too broad for long", []string{"block +4930* ftc"}, "", file("+4930*"), Job{}, "[block +4930* ftc]", ""},
		{"too few", nil, "", file("+4930123"), Job{MinReports: 2}, "[]", FewReports},
		{"enough rows", nil, "", file("+4930123", "+4930124", "+4930123"), Job{MinReports: 2}, "[block +4930123 ftc]", FewReports},
		{"enough votes", nil, "", seq(votes), Job{MinReports: 3}, "[block +4930123 ftc]", ""},
		{"expired", nil, "", seq(listfile.Row{Entry: expired}), Job{}, "[]", Expired},
		{"removed", []string{"block +4930123 ftc", "block +4930124 ftc"}, "", seq(mark), Job{}, "[block +4930124 ftc]", ""},
		{"not removed", []string{"block +4930123 manual"}, "", seq(mark), Job{}, "[block +4930123 manual]", ""},
		{"gone", []string{"block +4930122 ftc", "block +4930123 ftc", "block +4930123 manual"}, "", file("+4930122"), Job{}, "[block +4930122 ftc block +4930123 manual]", ""},
		{"kept", []string{"block +4930122 ftc", "block +4930124 ftc"}, "", file("+4930123"), Job{Keep: true}, "[block +4930122 ftc block +4930123 ftc block +4930124 ftc]", ""},
		{"allowing", nil, "", seq(listfile.Row{Entry: entry("allow +4930123")}), Job{Defaults: Defaults{Action: blacklist.Busy}}, "[allow +4930123 ftc]", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			list := newFakeList()
			for _, text := range test.list {
				e := entry(text)
				list.entries[e.Rule.String()] = e
			}
			if test.own != "" {
				list.own = append(list.own, rule(test.own).Pattern)
			}
			job := test.job
			job.Source, job.Rows = "ftc", test.rows
			var causes []listfile.Cause
			job.Rejected = func(r Reject) error {
				causes = append(causes, r.Cause)
				return nil
			}
			summary, err := newEngine(list, newFakeJournal()).Import(t.Context(), job)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, key := range slices.Sorted(maps.Keys(list.entries)) {
				e := list.entries[key]
				got = append(got, fmt.Sprintf("%s %s %s", e.Kind, key, e.Source))
			}
			if fmt.Sprint(got) != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
			if want := slices.DeleteFunc([]listfile.Cause{test.cause}, func(c listfile.Cause) bool { return c == "" }); !slices.Equal(causes, want) {
				t.Errorf("refused for %q, want %q", causes, want)
			}
			checkCounts(t, summary.Counts)
		})
	}
}

type reporter interface {
	Helper()
	Errorf(format string, args ...any)
}

func checkCounts(t reporter, c Counts) {
	t.Helper()
	if c.Rows != c.Taken()+c.RefusedRows() {
		t.Errorf("%d rows, but %d taken and %d refused", c.Rows, c.Taken(), c.RefusedRows())
	}
}

func TestTheListKeepsWhatItKnowsBetter(t *testing.T) {
	t.Parallel()
	before := entry("block +4930123 ftc old")
	before.Hits, before.LastHit = 7, day.Add(-time.Minute)
	list, journal := newFakeList(before), newFakeJournal()
	engine := newEngine(list, journal)
	job := Job{
		Source: "ftc", By: "bob", Rows: file("+4930123", "+4930124"),
		Defaults: Defaults{Reason: "new", Action: blacklist.Busy, Expires: day.Add(time.Hour)},
	}
	summary, err := engine.Import(t.Context(), job)
	if err != nil {
		t.Fatal(err)
	}
	want := before
	want.Reason, want.Action, want.Expires = "new", blacklist.Busy, day.Add(time.Hour)
	if diff := gocmp.Diff(want, list.entries["+4930123"], plain); diff != "" {
		t.Errorf("changed (-want +got):\n%s", diff)
	}
	if e := list.entries["+4930124"]; e.Author != "" || !e.Created.Equal(day) || e.Source != "ftc" {
		t.Errorf("added: got %+v", e)
	}
	if got := journal.batches[summary.ID]; got.State != Done || got.Counts.Added != 1 || got.Counts.Changed != 1 {
		t.Errorf("got batch %+v", got)
	}
	if _, err := engine.Undo(t.Context(), UndoJob{ID: summary.ID, By: "bob"}); err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(map[string]blacklist.Entry{"+4930123": before}, list.entries, plain); diff != "" {
		t.Errorf("after undo (-want +got):\n%s", diff)
	}
}

func TestImportThatWouldDropMostOfASource(t *testing.T) {
	t.Parallel()
	entries := []blacklist.Entry{entry("block +4930121 ftc"), entry("block +4930122 ftc"), entry("block +4930123 ftc"), entry("block +4930124 manual")}
	broken := listfile.Row{Problem: &listfile.Problem{Cause: listfile.NotANumber}}
	for _, test := range []struct {
		name    string
		job     Job
		refused bool
		left    int
	}{
		{"a third is left", Job{Rows: file("+4930121")}, true, 4},
		{"nothing is left", Job{Rows: file()}, true, 4},
		{"nothing usable is left", Job{Rows: seq(broken)}, true, 4},
		{"two thirds are left", Job{Rows: file("+4930121", "+4930122")}, false, 3},
		{"it is meant", Job{Rows: file("+4930121"), AllowShrink: true}, false, 2},
		{"they are kept", Job{Rows: file("+4930121"), Keep: true}, false, 4},
		{"a trial", Job{Rows: file("+4930121", "+4930125"), DryRun: true}, true, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			list := newFakeList(entries...)
			test.job.Source = "ftc"
			summary, err := newEngine(list, newFakeJournal()).Import(t.Context(), test.job)
			shrink, refused := errors.AsType[*ShrinkError](err)
			if refused != test.refused || (err != nil && !refused) {
				t.Fatalf("got %v", err)
			}
			if len(list.entries) != test.left {
				t.Errorf("%d entries are left, want %d", len(list.entries), test.left)
			}
			if refused && (shrink.Listed != 3 || shrink.Going < 2 || summary.ID != "") {
				t.Errorf("got %v, %+v", shrink, summary)
			}
			if test.job.DryRun && (summary.Counts.Added != 1 || summary.Counts.Gone != 2) {
				t.Errorf("the trial says %+v", summary.Counts)
			}
		})
	}
}

func TestRejectsAreInOrderOfTheirLines(t *testing.T) {
	t.Parallel()
	bad := listfile.Row{Problem: &listfile.Problem{Cause: listfile.NotANumber, Detail: "it has letters", Text: "spam"}}
	own := listfile.Row{Entry: blacklist.Entry{Rule: rule("+4930123"), Kind: blacklist.Block}}
	list := newFakeList()
	list.own = append(list.own, rule("+4930123").Pattern)
	var got []Reject
	_, err := newEngine(list, newFakeJournal()).Import(t.Context(), Job{
		Rows: seq(bad, own, own, bad), Rejected: func(r Reject) error {
			got = append(got, r)
			return nil
		},
	})
	want := []Reject{
		{2, listfile.NotANumber, "it has letters", "spam"},
		{4, OwnNumber, "+4930123 is an own number (the last of 2 rows)", "+4930123"},
		{5, listfile.NotANumber, "it has letters", "spam"},
	}
	if diff := gocmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestFileThatBreaksOffChangesNothing(t *testing.T) {
	t.Parallel()
	list := newFakeList()
	torn := errors.New("unexpected EOF")
	rows := func(yield func(listfile.Row, error) bool) {
		if yield(listfile.Row{Line: 1, Entry: entry("block +4930123")}, nil) {
			yield(listfile.Row{}, torn)
		}
	}
	summary, err := newEngine(list, newFakeJournal()).Import(t.Context(), Job{File: "x.csv", Rows: rows})
	if !errors.Is(err, torn) || len(list.entries) > 0 || summary.ID != "" || !summary.Partial {
		t.Errorf("got %v, %+v, %v", err, summary, list.entries)
	}
}

// drawFile makes a file of an own or a foreign format, and the job for it.
func drawFile(t *rapid.T, rules *rapid.Generator[string]) ([]listfile.Row, Job) {
	own := rapid.Bool().Draw(t, "own format")
	text := rapid.SampledFrom([]string{"", "spam", "fraud"})
	source := rapid.SampledFrom([]string{"", "ftc", "fcc", "manual"})
	rows := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) listfile.Row {
		if rapid.IntRange(0, 9).Draw(t, "bad") == 0 {
			return listfile.Row{Problem: &listfile.Problem{Cause: listfile.NotANumber}}
		}
		r := listfile.Row{Reports: rapid.IntRange(1, 2).Draw(t, "reports")}
		r.Entry = blacklist.Entry{Rule: rule(rules.Draw(t, "rule")), Kind: blacklist.Block, Reason: text.Draw(t, "reason")}
		if own {
			r.Entry.Kind = rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(t, "kind")
			r.Entry.Source, r.Entry.Author = source.Draw(t, "source"), text.Draw(t, "author")
			r.Entry.Expires = rapid.SampledFrom([]time.Time{{}, day.Add(-time.Hour), day.Add(time.Hour)}).Draw(t, "expires")
			r.Entry.Hits = rapid.Int64Range(0, 2).Draw(t, "hits")
		} else {
			r.Remove = rapid.IntRange(0, 30).Draw(t, "remove") == 0
		}
		return r
	}), 0, 12).Draw(t, "rows")
	job := Job{
		Rows: seq(rows...), By: "bob",
		Keep: rapid.Bool().Draw(t, "keep"), AllowShrink: rapid.Bool().Draw(t, "shrink"), Risky: rapid.Bool().Draw(t, "risky"),
		MinReports: rapid.Int64Range(0, 3).Draw(t, "min reports"),
	}
	if !own || rapid.Bool().Draw(t, "one source") {
		job.Source = rapid.SampledFrom([]string{"ftc", "fcc"}).Draw(t, "source")
	}
	return rows, job
}

func drawList(t *rapid.T, rules *rapid.Generator[string]) *fakeList {
	list := newFakeList()
	for _, text := range rapid.SliceOfN(rules, 0, 10).Draw(t, "listed") {
		e := entry("block " + text)
		e.Kind = rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(t, "kind")
		e.Source = rapid.SampledFrom([]string{"", "ftc", "fcc", "manual"}).Draw(t, "source")
		e.Reason = rapid.SampledFrom([]string{"", "spam"}).Draw(t, "reason")
		e.Hits = rapid.Int64Range(0, 2).Draw(t, "hits")
		e.Expires = rapid.SampledFrom([]time.Time{{}, day.Add(time.Hour)}).Draw(t, "expires")
		list.entries[text] = e
	}
	if rapid.Bool().Draw(t, "own numbers") {
		list.own = append(list.own, rule("+49301").Pattern, rule("+493011*").Pattern)
	}
	return list
}

// someRules are few, so that rows, entries and own numbers meet.
var someRules = rapid.StringMatching(`\+49(30[12]{0,3}\*?|3[12]*)(:to:\+4989[12]?\*?)?`).Filter(func(text string) bool {
	_, err := blacklist.ParseRule(text)
	return err == nil
})

// The engine does what a plain reading of the rules does, and undo restores
// the list exactly; a second run changes nothing.
func TestImportIsLikeTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		list, journal := drawList(t, someRules), newFakeJournal()
		rows, job := drawFile(t, someRules)
		before := maps.Clone(list.entries)
		want, refused := model(before, list.own, rows, job)
		engine := newEngine(list, journal)
		summary, err := engine.Import(context.Background(), job)
		if _, shrinks := errors.AsType[*ShrinkError](err); shrinks != refused || (err != nil && !shrinks) {
			t.Fatalf("got %v, want refused: %v", err, refused)
		}
		equal(t, "list", list.entries, want)
		if err != nil {
			return
		}
		checkCounts(t, summary.Counts)
		if (summary.ID != "") != (summary.Counts.Changes() > 0) {
			t.Fatalf("batch %q of %+v", summary.ID, summary.Counts)
		}
		again, err := engine.Import(context.Background(), job)
		if err != nil || again.Counts.Changes() > 0 || again.ID != "" {
			t.Fatalf("the second run: %v, %+v", err, again)
		}
		equal(t, "list after the second run", list.entries, want)
		if summary.ID == "" {
			return
		}
		undo, err := engine.Undo(context.Background(), UndoJob{ID: summary.ID})
		if err != nil || undo.Counts.Left > 0 || undo.Counts.Changes() != summary.Counts.Changes() {
			t.Fatalf("undo: %v, %+v", err, undo)
		}
		equal(t, "list after undo", list.entries, before)
		redo, err := engine.Undo(context.Background(), UndoJob{ID: undo.ID})
		if err != nil || redo.Counts.Left > 0 {
			t.Fatalf("undo of undo: %v, %+v", err, redo)
		}
		equal(t, "list after undo of undo", list.entries, want)
	})
}

func equal(t interface {
	reporter
	FailNow()
}, what string, got, want map[string]blacklist.Entry,
) {
	t.Helper()
	if diff := gocmp.Diff(want, got, plain); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
		t.FailNow()
	}
}

// model is a plain reading of what an import does.
func model(before map[string]blacklist.Entry, own []phone.Pattern, rows []listfile.Row, job Job) (map[string]blacklist.Entry, bool) {
	keep := job.Keep
	last, reports := map[string]listfile.Row{}, map[string]int64{}
	for _, r := range rows {
		if r.Problem == nil {
			keep = keep || r.Remove
			key := r.Entry.Rule.String()
			last[key] = r
			reports[key] += int64(max(1, r.Reports))
		}
	}
	after, going, listed := maps.Clone(before), 0, 0
	for key, e := range before {
		if job.Source == "" || keep || e.Source != job.Source {
			continue
		}
		listed++
		r, named := last[key]
		if !named || reports[key] < job.MinReports || r.Entry.Expired(day) {
			going++
			delete(after, key)
		}
	}
	if 2*going > listed && !job.AllowShrink {
		return before, true
	}
	for _, key := range slices.SortedFunc(maps.Keys(last), cmp.Compare[string]) {
		r := last[key]
		e := r.Entry
		if job.Source != "" {
			e.Source = job.Source
		}
		current, listed := before[key]
		switch {
		case r.Remove:
			if listed && current.Source == e.Source {
				delete(after, key)
			}
			continue
		case reports[key] < job.MinReports, e.Expired(day):
			continue
		case listed && current.Kind == blacklist.Allow && e.Kind == blacklist.Block && (job.Source == "" || current.Source != job.Source):
			continue
		case listed && current.Source != e.Source:
			continue
		}
		if !listed || current.Kind != e.Kind {
			if overrunsAny(e, before, last, job.Source) || (!job.Risky && blacklist.Risk(e, own) != "") {
				continue
			}
		}
		e.Created = day
		if listed && e.Author == "" {
			e.Author = current.Author
		}
		if listed && current.Kind == e.Kind {
			e.Created, e.Hits, e.LastHit = current.Created, current.Hits, current.LastHit
		}
		if !listed || !blacklist.Same(&current, &e) {
			after[key] = e
		}
	}
	return after, false
}

// overrunsAny asks every allowed entry that the file doesn't allow as well.
func overrunsAny(e blacklist.Entry, list map[string]blacklist.Entry, last map[string]listfile.Row, source string) bool {
	if e.Kind != blacklist.Block {
		return false
	}
	for key, a := range list {
		if source != "" && a.Source == source {
			continue
		}
		if r, named := last[key]; a.Kind != blacklist.Allow || a.Rule == e.Rule || named && r.Entry.Kind == blacklist.Allow {
			continue
		}
		// A number that both speak about, if there is one.
		probe := e.Rule.Pattern.String()
		if e.Rule.Pattern.IsPrefix() {
			probe = probe[:len(probe)-1] + "9999"
		}
		meets := a.Rule.Pattern.Matches(number(probe)) && (!a.Rule.Scoped() || !e.Rule.Scoped() || a.Rule.To.Overlaps(e.Rule.To))
		if meets && blacklist.Compare(e, a) < 0 {
			return true
		}
	}
	return false
}
