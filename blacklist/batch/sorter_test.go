package batch

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestSorterSorts(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		s := newSorter(folder)
		defer s.close()
		s.memory = rapid.IntRange(1, 4000).Draw(t, "memory")
		keys := rapid.SliceOf(rapid.StringMatching(`(\+[1-9]{1,2}[0-2]{0,18}|[0-2*#]{1,4})(\*|:to:\+[1-3]{3}|\*:to:1)?`)).Draw(t, "keys")
		type pair struct{ key, value string }
		want := []pair{}
		for i, key := range keys {
			value := fmt.Sprint("value ", i)
			if err := s.add([]byte(key + "\t" + value)); err != nil {
				t.Fatal(err)
			}
			want = append(want, pair{key, value})
		}
		slices.SortStableFunc(want, func(a, b pair) int { return cmp.Compare(a.key, b.key) })
		for range 2 {
			got := []pair{}
			for line, err := range s.all() {
				if err != nil {
					t.Fatal(err)
				}
				key, value, _ := strings.Cut(string(line), "\t")
				got = append(got, pair{key, value})
			}
			if !slices.Equal(got, want) {
				t.Fatalf("got %q, want %q", got, want)
			}
		}
	})
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// The heads of keys are in the order of the keys, as far as they tell them apart.
func TestHeadsKeepTheOrder(t *testing.T) {
	t.Parallel()
	key := rapid.Custom(func(t *rapid.T) []byte {
		text := rapid.StringMatching(`\+?[0-9*#]{1,17}(\*|:to:\+[1-3]{3})?`).Draw(t, "key")
		return []byte(text)
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := key.Draw(t, "a"), key.Draw(t, "b")
		if heads := cmp.Compare(head(a), head(b)); heads != 0 && heads != bytes.Compare(a, b) {
			t.Fatalf("%q and %q: heads say %d", a, b, heads)
		}
	})
}

func BenchmarkSorter(b *testing.B) {
	folder := b.TempDir()
	value := bytes.Repeat([]byte("x"), 24)
	b.ReportAllocs()
	for b.Loop() {
		s := newSorter(folder)
		for i := range 1_000_000 {
			if err := s.add(fmt.Appendf(nil, "+49%011d\t%s", (i*7919)%10_000_019, value)); err != nil {
				b.Fatal(err)
			}
		}
		n := 0
		for _, err := range s.all() {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != 1_000_000 {
			b.Fatal(n)
		}
		s.close()
	}
}
