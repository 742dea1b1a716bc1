package batch

import (
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
)

func TestAChunkIsItsEdits(t *testing.T) {
	t.Parallel()
	var p packer
	for _, text := range []string{"block +4930123 ftc spam", "allow +4930* manual"} {
		after := entry(text)
		before := after
		before.Hits, before.LastHit = 7, day
		edits := []blacklist.Edit{{Rule: after.Rule, After: &after}, {Rule: rule("+4931*"), Before: &before}}
		edits[1].Before.Rule = edits[1].Rule
		data, err := p.pack(edits)
		if err != nil {
			t.Fatal(err)
		}
		got, err := unpack(data)
		if diff := gocmp.Diff(edits, got, plain); err != nil || diff != "" {
			t.Fatalf("%v (-want +got):\n%s", err, diff)
		}
	}
}

func FuzzUnpack(f *testing.F) {
	var p packer
	after := entry("block +4930123456 ftc spam")
	data, err := p.pack([]blacklist.Edit{{Rule: after.Rule, After: &after}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := unpack(data); err != nil && !errors.Is(err, errCorrupt) {
			t.Errorf("got %v", err)
		}
		// What isn't compressed well is read as well.
		raw, err := new(packer).press(data)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(raw); err != nil && !errors.Is(err, errCorrupt) {
			t.Errorf("got %v", err)
		}
	})
}
