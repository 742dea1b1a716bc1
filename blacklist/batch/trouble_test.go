package batch

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// Whatever fails for a moment, before or after it was done, and whatever the
// store forgets of it, an import ends as if nothing had happened; so does its undo.
func TestImportThroughOutages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		// In a bubble nobody may ask for the test's deadline.
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			list, journal := drawList(t, someRules), newFakeJournal()
			rows, job := drawFile(t, someRules)
			before := maps.Clone(list.entries)
			want, refused := model(before, list.own, rows, job)
			engine := newEngine(list, journal)

			troubles := rapid.IntRange(0, 12).Draw(t, "troubles")
			past := []state{stateOf(list)}
			fail := func(where string) error {
				past = append(past, stateOf(list))
				if troubles == 0 || rapid.IntRange(0, 2).Draw(t, "fails at "+where) > 0 {
					return nil
				}
				troubles--
				// A new primary may know nothing of the last writes.
				if rapid.Bool().Draw(t, "forgets") {
					past = past[:max(1, len(past)-rapid.IntRange(1, 8).Draw(t, "writes"))]
					past[len(past)-1].restore(list)
				}
				return errAway
			}
			list.fail, journal.fail = fail, fail
			summary, err := engine.Import(context.Background(), job)
			if _, shrinks := errors.AsType[*ShrinkError](err); shrinks != refused || (err != nil && !shrinks) {
				t.Fatalf("got %v, want refused: %v", err, refused)
			}
			equal(t, "list", list.entries, want)
			if err != nil {
				return
			}
			checkCounts(t, summary.Counts)
			list.fail, journal.fail = nil, nil
			if summary.ID == "" {
				equal(t, "list without changes", list.entries, before)
				return
			}
			if _, err := engine.Undo(context.Background(), UndoJob{ID: summary.ID}); err != nil {
				t.Fatal(err)
			}
			equal(t, "list after undo", list.entries, before)
		})
	})
}

// state is what a store knows at a moment.
type state struct {
	entries map[string]blacklist.Entry
	batches map[string]Batch
	chunks  map[string]map[int][]byte
}

func stateOf(list *fakeList) state {
	s := state{maps.Clone(list.entries), maps.Clone(list.journal.batches), map[string]map[int][]byte{}}
	for id, chunks := range list.journal.chunks {
		s.chunks[id] = maps.Clone(chunks)
	}
	return s
}

func (s state) restore(list *fakeList) {
	list.entries, list.journal.batches = maps.Clone(s.entries), maps.Clone(s.batches)
	list.journal.chunks = map[string]map[int][]byte{}
	for id, chunks := range s.chunks {
		list.journal.chunks[id] = maps.Clone(chunks)
	}
}

func TestOutageThatLastsTooLong(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := newFakeList()
		list.fail = func(string) error { return errAway }
		engine := newEngine(list, newFakeJournal())
		retries := 0
		engine.OnRetry = func(error, time.Duration) { retries++ }
		began := time.Now()
		_, err := engine.Import(t.Context(), Job{Rows: file("+4930123")})
		if took := time.Since(began); !errors.Is(err, errAway) || took < 50*time.Second || took > 60*time.Second || retries < 10 {
			t.Errorf("got %v after %s, retried %d times", err, took, retries)
		}
	})
}

func TestErrorsThatDoNotPassEndTheImport(t *testing.T) {
	t.Parallel()
	list := newFakeList()
	full := errors.New("the store is full")
	list.fail = func(where string) error {
		if where == "swap" {
			return full
		}
		return nil
	}
	journal := newFakeJournal()
	summary, err := newEngine(list, journal).Import(t.Context(), Job{Rows: file("+4930123")})
	if !errors.Is(err, full) || summary.ID == "" || !summary.Partial || journal.batches[summary.ID].State != Stopped {
		t.Errorf("got %v, %+v", err, summary)
	}
}

// manyRows are more than a page of new numbers.
func manyRows(n int) []string {
	rules := make([]string, n)
	for i := range rules {
		rules[i] = fmt.Sprintf("+4930%06d", i)
	}
	return rules
}

func TestImportThatIsCancelledCanBeCompletedAndUndone(t *testing.T) {
	t.Parallel()
	list, journal := newFakeList(), newFakeJournal()
	engine := newEngine(list, journal)
	rules := manyRows(3*pageSize + 5)
	ctx, cancel := context.WithCancelCause(t.Context())
	enough := errors.New("Ctrl-C")
	list.meddle = func(*fakeList) {
		if list.swaps == 1 {
			cancel(enough)
		}
	}
	first, err := engine.Import(ctx, Job{Rows: file(rules...), Source: "ftc"})
	if !errors.Is(err, enough) || len(list.entries) != 2*pageSize || first.Counts.Added != 2*pageSize || !first.Partial {
		t.Fatalf("got %v, %d entries, %+v", err, len(list.entries), first)
	}
	if got := journal.batches[first.ID]; got.State != Stopped || got.Counts.Added != 2*pageSize {
		t.Errorf("remembered is %+v", got)
	}
	list.meddle = nil
	second, err := engine.Import(t.Context(), Job{Rows: file(rules...), Source: "ftc"})
	if err != nil || second.Counts.Added != pageSize+5 || second.Counts.Unchanged != 2*pageSize {
		t.Fatalf("got %v, %+v", err, second)
	}
	undone, err := engine.Undo(t.Context(), UndoJob{ID: first.ID})
	if err != nil || undone.Counts.Removed != 2*pageSize || len(list.entries) != pageSize+5 {
		t.Errorf("got %v, %+v, %d entries", err, undone, len(list.entries))
	}
}

func TestOthersChangeTheListMeanwhile(t *testing.T) {
	t.Parallel()
	note := entry("block +4930000001 manual note")
	list := newFakeList(entry("block +4930000002 ftc"))
	list.meddle = func(f *fakeList) {
		f.entries["+4930000001"] = note
		f.entries["+4930000002"] = entry("block +4930000002 manual")
	}
	summary, err := newEngine(list, newFakeJournal()).Import(t.Context(), Job{
		Rows: file("+4930000001", "+4930000003"), Source: "ftc", AllowShrink: true,
	})
	if err != nil || summary.Counts.Refused[Kept] != 1 || summary.Counts.Added != 1 || summary.Counts.Gone != 0 {
		t.Errorf("got %v, %+v", err, summary.Counts)
	}
	checkCounts(t, summary.Counts)
	if got := list.entries["+4930000001"]; !blacklist.Same(&got, &note) || len(list.entries) != 3 {
		t.Errorf("got %+v of %d", got, len(list.entries))
	}
}

func TestWhatChangesAllTheTimeIsGivenUp(t *testing.T) {
	t.Parallel()
	list := newFakeList(entry("block +4930000001 ftc"))
	list.meddle = func(f *fakeList) {
		e := f.entries["+4930000001"]
		e.Reason += "!"
		f.entries["+4930000001"] = e
	}
	summary, err := newEngine(list, newFakeJournal()).Import(t.Context(), Job{
		Rows: file("+4930000001"), Source: "ftc", Defaults: Defaults{Reason: "new"},
	})
	if err != nil || summary.Counts.Refused[Conflict] != 1 {
		t.Errorf("got %v, %+v", err, summary.Counts)
	}
}

func TestUndoLeavesWhatWasChangedSince(t *testing.T) {
	t.Parallel()
	list, journal := newFakeList(entry("block +4930000001 ftc old"), entry("block +4930000009 ftc")), newFakeJournal()
	engine := newEngine(list, journal)
	summary, err := engine.Import(t.Context(), Job{
		Rows: file("+4930000001", "+4930000002", "+4930000003"), Source: "ftc", Defaults: Defaults{Reason: "new"},
	})
	if err != nil || summary.Counts.Gone != 1 {
		t.Fatal(err, summary.Counts)
	}
	list.entries["+4930000002"] = entry("allow +4930000002 manual")
	delete(list.entries, "+4930000003")
	undo, err := engine.Undo(t.Context(), UndoJob{ID: summary.ID, By: "bob"})
	want := Counts{Rows: 4, Added: 1, Changed: 1, Unchanged: 1, Left: 1}
	if err != nil || fmt.Sprint(undo.Counts) != fmt.Sprint(want) {
		t.Errorf("got %v, %+v, want %+v", err, undo.Counts, want)
	}
	if got := list.entries["+4930000001"]; got.Reason != "old" || len(list.entries) != 3 {
		t.Errorf("got %+v", list.entries)
	}
	var undone *UndoneError
	if _, err := engine.Undo(t.Context(), UndoJob{ID: summary.ID}); !errors.As(err, &undone) || undone.By != undo.ID {
		t.Errorf("the second undo: %v", err)
	}
	if _, err := engine.Undo(t.Context(), UndoJob{ID: undo.ID}); err != nil {
		t.Error(err)
	}
	if _, err := engine.Undo(t.Context(), UndoJob{ID: summary.ID}); err != nil {
		t.Errorf("undo after the undo was undone: %v", err)
	}
	if _, err := engine.Undo(t.Context(), UndoJob{ID: "20260301-none"}); !errors.Is(err, ErrNoBatch) {
		t.Errorf("got %v", err)
	}
}

func TestUndoBringsNothingBackThatHasExpired(t *testing.T) {
	t.Parallel()
	old := entry("block +4930000001 ftc")
	old.Expires = day.Add(time.Hour)
	list, journal := newFakeList(old), newFakeJournal()
	engine := newEngine(list, journal)
	summary, err := engine.Import(t.Context(), Job{Rows: file("+4930000002"), Source: "ftc", AllowShrink: true})
	if err != nil {
		t.Fatal(err)
	}
	engine.Now = func() time.Time { return day.Add(2 * time.Hour) }
	undo, err := engine.Undo(t.Context(), UndoJob{ID: summary.ID})
	if err != nil || len(list.entries) != 0 || undo.Counts.Added != 0 || undo.Counts.Removed != 1 {
		t.Errorf("got %v, %+v, %v", err, undo.Counts, list.entries)
	}
}

// A lease that is lost in an outage is taken again; one that another holds
// ends the import before anything is read.
func TestLease(t *testing.T) {
	t.Parallel()
	taken, names := 0, map[string]bool{}
	var lose context.CancelFunc
	engine := newEngine(newFakeList(), newFakeJournal())
	engine.Lease = func(ctx context.Context, name string) (context.Context, func(), error) {
		taken++
		names[name] = true
		held, cancel := context.WithCancel(ctx)
		lose = cancel
		return held, cancel, nil
	}
	list := engine.List.(*fakeList)
	list.meddle = func(*fakeList) { lose() }
	if _, err := engine.Import(t.Context(), Job{Rows: file(manyRows(2 * pageSize)...), Source: "ftc"}); err != nil || taken < 2 || !names["source:ftc"] {
		t.Errorf("got %v, taken %d times, %v", err, taken, names)
	}
	held := errors.New("held by another")
	engine.Lease = func(context.Context, string) (context.Context, func(), error) { return nil, nil, held }
	read := false
	rows := func(func(listfile.Row, error) bool) { read = true }
	if _, err := engine.Import(t.Context(), Job{Rows: rows, Source: "ftc"}); !errors.Is(err, held) || read {
		t.Errorf("got %v, read: %v", err, read)
	}
}

func TestListingsGoOnWhereTheyBrokeOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		list := newFakeList(entry("block +4930000001"), entry("block +4930000002"), entry("block +4930000003"))
		asked := 0
		list.fail = func(string) error {
			if asked++; asked == 1 || asked == 4 {
				return errAway
			}
			return nil
		}
		p := newEngine(list, newFakeJournal()).start(t.Context(), Batch{})
		var got []string
		for line, err := range p.listings(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, line.Rule.String())
		}
		if fmt.Sprint(got) != "[+4930000001 +4930000002 +4930000003]" || !p.retried.Load() {
			t.Errorf("got %v, retried: %v", got, p.retried.Load())
		}
	})
}

// What another import made after an entry of this one had gone is the other's.
func TestUndoLeavesWhatTheNextImportMade(t *testing.T) {
	t.Parallel()
	list, journal := newFakeList(), newFakeJournal()
	engine := newEngine(list, journal)
	first, err := engine.Import(t.Context(), Job{Rows: file("+4930000001"), Source: "ftc"})
	if err != nil {
		t.Fatal(err)
	}
	delete(list.entries, "+4930000001")
	engine.Now = func() time.Time { return day.Add(time.Minute) }
	if _, err := engine.Import(t.Context(), Job{Rows: file("+4930000001"), Source: "ftc"}); err != nil {
		t.Fatal(err)
	}
	undo, err := engine.Undo(t.Context(), UndoJob{ID: first.ID})
	if err != nil || undo.Counts.Left != 1 || len(list.entries) != 1 {
		t.Errorf("got %v, %+v, %v", err, undo.Counts, list.entries)
	}
}

// The chunk of a page is there if the page is, whatever becomes of the answer.
func TestAKilledImportIsUndoneAsFarAsItCame(t *testing.T) {
	t.Parallel()
	for _, where := range []string{"swap", "after swap"} {
		list, journal := newFakeList(), newFakeJournal()
		engine := newEngine(list, journal)
		list.fail = func(at string) error {
			if at == where && list.swaps == 2 {
				return errors.New("killed")
			}
			return nil
		}
		first, err := engine.Import(t.Context(), Job{Rows: file(manyRows(3 * pageSize)...), Source: "ftc"})
		if err == nil {
			t.Fatal("the import goes on")
		}
		list.fail = nil
		if undo, err := engine.Undo(t.Context(), UndoJob{ID: first.ID}); err != nil || undo.Counts.Left != 0 || len(list.entries) != 0 {
			t.Errorf("%s: %v, %+v, %d entries", where, err, undo.Counts, len(list.entries))
		}
	}
}

// Who waits for the source finds the batch as it is then.
func TestUndoGoesByWhatTheBatchIsOnceItsSourceIsFree(t *testing.T) {
	t.Parallel()
	journal := newFakeJournal()
	engine := newEngine(newFakeList(), journal)
	summary, err := engine.Import(t.Context(), Job{Rows: file("+4930000001"), Source: "ftc"})
	if err != nil {
		t.Fatal(err)
	}
	other := *engine
	engine.Lease = func(ctx context.Context, _ string) (context.Context, func(), error) {
		if _, err := other.Undo(ctx, UndoJob{ID: summary.ID}); err != nil {
			t.Error(err)
		}
		return ctx, func() {}, nil
	}
	var undone *UndoneError
	if _, err := engine.Undo(t.Context(), UndoJob{ID: summary.ID}); !errors.As(err, &undone) || undone.By == "" {
		t.Errorf("got %v", err)
	}
	if by := journal.batches[summary.ID].UndoneBy; by == "" {
		t.Error("who took it back is forgotten")
	}
}

func TestWhatHasExpiredDoesNotCountAsGoing(t *testing.T) {
	t.Parallel()
	var old []blacklist.Entry
	for _, rule := range manyRows(10) {
		expired := entry("block " + rule + " ftc")
		expired.Expires = day
		old = append(old, expired)
	}
	summary, err := newEngine(newFakeList(old...), newFakeJournal()).Import(t.Context(), Job{Rows: file("+4940000001"), Source: "ftc"})
	if err != nil || summary.Listed != 0 || summary.Counts.Added != 1 || summary.Counts.Gone != 0 {
		t.Errorf("got %v, %+v", err, summary)
	}
}
