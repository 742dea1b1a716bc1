package store_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/retry"
)

func TestJournal(t *testing.T) {
	t.Parallel()
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, serve(t))
			ctx := t.Context()
			start := time.Now().Truncate(time.Second).UTC()
			b := batch.Batch{
				ID: "20260301-kfqx", Kind: batch.Import, Source: "ftc", File: "x.csv", By: "alice", Started: start, State: batch.Running,
				Counts: batch.Counts{Rows: 3, Added: 2, Refused: map[listfile.Cause]int64{batch.Kept: 1}},
			}
			if _, err := h.Batch(ctx, b.ID); !errors.Is(err, batch.ErrNoBatch) {
				t.Errorf("got %v", err)
			}
			if err := h.SaveBatch(ctx, b); err != nil {
				t.Fatal(err)
			}
			got, err := h.Batch(ctx, b.ID)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "batch", got, b)
			b.State, b.Finished = batch.Done, start.Add(time.Second)
			newer := batch.Batch{ID: "20260301-zzzz", Started: start.Add(time.Minute), Source: "fcc"}
			for _, each := range []batch.Batch{b, newer} {
				if err := h.SaveBatch(ctx, each); err != nil {
					t.Fatal(err)
				}
			}
			all, err := h.Batches(ctx)
			if err != nil {
				t.Fatal(err)
			}
			equal(t, "batches", all, []batch.Batch{newer, b})
			left := h.redis.TTL(ctx, h.key("batch:20260301-kfqx")).Val()
			if left < 29*24*time.Hour || left > 30*24*time.Hour {
				t.Errorf("it expires in %s", left)
			}
			for _, number := range []int{0, 10, 9, 9} {
				if err := h.saveChunk(ctx, b.ID, number, fmt.Appendf(nil, "chunk \x00 %d", number)); err != nil {
					t.Fatal(err)
				}
			}
			numbers, err := h.Chunks(ctx, b.ID)
			if err != nil || !slices.Equal(numbers, []int{0, 9, 10}) {
				t.Errorf("got %v, %v", numbers, err)
			}
			if chunk, err := h.Chunk(ctx, b.ID, 9); err != nil || string(chunk) != "chunk \x00 9" {
				t.Errorf("got %q, %v", chunk, err)
			}
			if _, err := h.Chunk(ctx, b.ID, 8); !errors.Is(err, batch.ErrNoBatch) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestOldBatchesAreForgotten(t *testing.T) {
	t.Parallel()
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, serve(t))
			ctx := t.Context()
			start := time.Now()
			save := func(n int, source string) {
				id := fmt.Sprintf("%s-%02d", source, n)
				b := batch.Batch{ID: id, Source: source, Started: start.Add(time.Duration(n) * time.Second)}
				if err := errors.Join(h.saveChunk(ctx, id, 0, []byte("x")), h.SaveBatch(ctx, b)); err != nil {
					t.Fatal(err)
				}
			}
			save(0, "manual")
			for n := range 25 {
				save(n, "feed")
			}
			all, err := h.Batches(ctx)
			if err != nil || len(all) != 21 || all[0].ID != "feed-24" || all[19].ID != "feed-05" || all[20].ID != "manual-00" {
				t.Errorf("got %v, %v", all, err)
			}
			if n := h.redis.Exists(ctx, h.key("batch:feed-04"), h.key("batch:feed-04:journal")).Val(); n != 0 {
				t.Errorf("%d keys are left of a batch that was forgotten", n)
			}
		})
	}
}

func engine(h fixture) *batch.Engine {
	return &batch.Engine{
		List: h.Store, Journal: h.Store, Lease: h.Lease,
		Retryable: func(err error) bool { return errors.Is(err, retry.ErrUnreachable) },
	}
}

func rowsOf(entries []blacklist.Entry) iter.Seq2[listfile.Row, error] {
	return func(yield func(listfile.Row, error) bool) {
		for i, entry := range entries {
			if !yield(listfile.Row{Line: int64(i + 2), Entry: entry, Reports: 1}, nil) {
				return
			}
		}
	}
}

// An undo needs the journal of what it undoes, however many batches there
// are.
func TestTheOldestBatchIsKeptWhileItIsTakenBack(t *testing.T) {
	t.Parallel()
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newFixture(t, serve(t))
			start := time.Now().Add(-time.Hour)
			save := func(b batch.Batch) {
				t.Helper()
				if err := h.SaveBatch(t.Context(), b); err != nil {
					t.Fatal(err)
				}
			}
			for i := range 20 {
				save(batch.Batch{ID: fmt.Sprintf("20260301-%04d", i), Source: "ftc", Started: start.Add(time.Duration(i) * time.Second), State: batch.Done})
			}
			undo := batch.Batch{ID: "20260301-undo", Kind: batch.Undo, Undoes: "20260301-0000", Source: "ftc", Started: start.Add(time.Minute), State: batch.Running}
			save(undo)
			if _, err := h.Batch(t.Context(), undo.Undoes); err != nil {
				t.Error(err)
			}
			undo.State = batch.Done
			save(undo)
			save(batch.Batch{ID: "20260301-next", Source: "ftc", Started: start.Add(2 * time.Minute), State: batch.Done})
			if _, err := h.Batch(t.Context(), undo.Undoes); !errors.Is(err, batch.ErrNoBatch) {
				t.Errorf("it never expires: %v", err)
			}
		})
	}
}

// An import into a list and its undo leave the list as it was; into an empty
// one it makes the list that the rows came from.
func TestImportAndUndoOnTheStore(t *testing.T) {
	t.Parallel()
	for name, serve := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := serve(t)
			rapid.Check(t, func(rt *rapid.T) {
				h := newFixture(t, url)
				ctx := t.Context()
				base := time.Now().Truncate(time.Second).UTC()
				entries := rapid.Map(rapid.MapOf(rapid.StringMatching(`\+49[12]{5,6}\*?(:to:\+49[12]{3})?`), rapid.Custom(func(rt *rapid.T) blacklist.Entry {
					e := blacklist.Entry{
						Kind:    rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(rt, "kind"),
						Source:  rapid.SampledFrom([]string{"", "ftc", "manual"}).Draw(rt, "source"),
						Author:  rapid.SampledFrom([]string{"", "alice"}).Draw(rt, "author"),
						Reason:  rapid.StringN(0, 20, -1).Draw(rt, "reason"),
						Created: base.Add(-time.Duration(rapid.IntRange(0, 1000).Draw(rt, "age")) * time.Second),
						Hits:    rapid.Int64Range(0, 3).Draw(rt, "hits"),
					}
					if rapid.Bool().Draw(rt, "ends") {
						e.Expires = base.Add(time.Hour)
					}
					if e.Hits > 0 {
						e.LastHit = base.Add(-time.Second)
					}
					return e
				})), func(m map[string]blacklist.Entry) []blacklist.Entry {
					var list []blacklist.Entry
					for text, e := range m {
						e.Rule = rule(t, text)
						list = append(list, e)
					}
					return list
				})
				listed := entries.Draw(rt, "listed")
				if _, err := engine(h).Import(ctx, batch.Job{Rows: rowsOf(listed), Risky: true}); err != nil {
					rt.Fatal(err)
				}
				before := h.list(t, blacklist.Query{Sort: blacklist.ByNumber})
				slices.SortFunc(listed, func(a, b blacklist.Entry) int { return strings.Compare(a.Rule.String(), b.Rule.String()) })
				equal(rt, "list after the first import", before, append([]blacklist.Entry(nil), listed...))

				job := batch.Job{Rows: rowsOf(entries.Draw(rt, "file")), Source: rapid.SampledFrom([]string{"", "ftc"}).Draw(rt, "source"), AllowShrink: true, By: "carol"}
				summary, err := engine(h).Import(ctx, job)
				if err != nil {
					rt.Fatal(err)
				}
				after := h.list(t, blacklist.Query{Sort: blacklist.ByNumber})
				if again, err := engine(h).Import(ctx, job); err != nil || again.ID != "" {
					rt.Fatalf("the second run: %v, %+v", err, again)
				}
				if summary.ID == "" {
					equal(rt, "list without changes", after, before)
					return
				}
				undo, err := engine(h).Undo(ctx, batch.UndoJob{ID: summary.ID})
				if err != nil || undo.Counts.Left > 0 {
					rt.Fatalf("undo: %v, %+v", err, undo)
				}
				equal(rt, "list after undo", h.list(t, blacklist.Query{Sort: blacklist.ByNumber}), before)
				if _, err := engine(h).Undo(ctx, batch.UndoJob{ID: undo.ID}); err != nil {
					rt.Fatal(err)
				}
				equal(rt, "list after undo of undo", h.list(t, blacklist.Query{Sort: blacklist.ByNumber}), after)
			})
		})
	}
}

// saveChunk writes a chunk with an edit, as it is only written with one.
func (h fixture) saveChunk(ctx context.Context, id string, number int, data []byte) error {
	rule, err := blacklist.ParseRule("+4930" + strconv.Itoa(1000+number))
	if err != nil {
		return err
	}
	edit := blacklist.Edit{Rule: rule, After: &blacklist.Entry{Rule: rule, Kind: blacklist.Block}}
	_, err = h.Swap(ctx, []blacklist.Edit{edit}, &batch.Chunk{Batch: id, Number: number, Data: data})
	return err
}
