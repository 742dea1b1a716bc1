package batch

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

// plain compares what the packages keep to themselves.
var plain = cmp.Options{
	cmp.Comparer(func(a, b phone.Pattern) bool { return a == b }),
	cmp.Comparer(func(a, b phone.Number) bool { return a == b }),
}

func drawRule(t *rapid.T) blacklist.Rule {
	text := rapid.StringMatching(`\+49[12]{3,5}\*?(:to:\+49[12]{3})?`).Draw(t, "rule")
	rule, err := blacklist.ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

func drawEntry(t *rapid.T, rule blacklist.Rule) *blacklist.Entry {
	if rapid.IntRange(0, 3).Draw(t, "none") == 0 {
		return nil
	}
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "unix"), 0).UTC()
	})
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "spam", "ftc"}), rapid.StringN(0, 300, 1000))
	return &blacklist.Entry{
		Rule:    rule,
		Kind:    rapid.SampledFrom([]blacklist.Kind{blacklist.Block, blacklist.Allow}).Draw(t, "kind"),
		Action:  rapid.SampledFrom([]blacklist.Action{"", blacklist.Busy}).Draw(t, "action"),
		Reason:  text.Draw(t, "reason"),
		Source:  text.Draw(t, "source"),
		Author:  text.Draw(t, "author"),
		Created: moment.Draw(t, "created"),
		Expires: moment.Draw(t, "expires"),
		LastHit: moment.Draw(t, "last hit"),
		Hits:    rapid.Int64Range(0, 1000).Draw(t, "hits"),
	}
}

func TestJournalTellsAll(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var p packer
		for range 2 {
			edits := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) blacklist.Edit {
				rule := drawRule(t)
				return blacklist.Edit{Rule: rule, Before: drawEntry(t, rule), After: drawEntry(t, rule)}
			}), 0, 20).Draw(t, "edits")
			chunk, err := p.pack(edits)
			if err != nil {
				t.Fatal(err)
			}
			got, err := unpack(chunk)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(edits, got, plain); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
		}
	})
}

func FuzzUnpack(f *testing.F) {
	var p packer
	rule := blacklist.Rule{}
	if err := rule.UnmarshalText([]byte("+4930123456")); err != nil {
		f.Fatal(err)
	}
	chunk, err := p.pack([]blacklist.Edit{{Rule: rule, After: &blacklist.Entry{Rule: rule, Kind: blacklist.Block, Reason: "spam"}}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(chunk)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, chunk []byte) {
		if _, err := unpack(chunk); err != nil && !errors.Is(err, errCorrupt) {
			t.Errorf("got %v", err)
		}
		// What isn't compressed well is read as well.
		raw, err := new(packer).press(chunk)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := unpack(raw); err != nil && !errors.Is(err, errCorrupt) {
			t.Errorf("got %v", err)
		}
	})
}
