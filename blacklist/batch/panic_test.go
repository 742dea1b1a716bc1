package batch

import (
	"errors"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// A mistake in a parser, or in the import itself, ends the import and nothing
// else.
func TestAPanicEndsTheImport(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		list *fakeList
		rows func(yield func(listfile.Row, error) bool)
		want string
	}{
		"of the parser": {newFakeList(), func(yield func(listfile.Row, error) bool) {
			yield(listfile.Row{Line: 1, Entry: entry("block +4930123")}, nil)
			var none []int
			_ = none[len(t.Name()):]
		}, "slice bounds out of range"},
		"of the list": {meddled(newFakeList(), func(*fakeList) { panic("a page is torn") }), file("+4930123"), "a page is torn"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			journal := newFakeJournal()
			summary, err := newEngine(test.list, journal).Import(t.Context(), Job{Rows: test.rows})
			mistake, ok := errors.AsType[*PanicError](err)
			if !ok || !strings.Contains(err.Error(), test.want) || !strings.Contains(mistake.Stack(), "panic_test.go") {
				t.Fatalf("got %v", err)
			}
			if len(test.list.entries) > 0 || !summary.Partial {
				t.Errorf("got %+v, %v", summary, test.list.entries)
			}
			if summary.ID != "" && journal.batches[summary.ID].State != Stopped {
				t.Errorf("remembered is %+v", journal.batches[summary.ID])
			}
		})
	}
}

func TestAPanicEndsTheUndo(t *testing.T) {
	t.Parallel()
	list, journal := newFakeList(), newFakeJournal()
	engine := newEngine(list, journal)
	imported, err := engine.Import(t.Context(), Job{Rows: file("+4930123")})
	if err != nil {
		t.Fatal(err)
	}
	list.meddle = func(*fakeList) { panic("a page is torn") }
	_, err = engine.Undo(t.Context(), UndoJob{ID: imported.ID})
	if _, ok := errors.AsType[*PanicError](err); !ok {
		t.Errorf("got %v", err)
	}
}

func meddled(list *fakeList, meddle func(*fakeList)) *fakeList {
	list.meddle = meddle
	return list
}
