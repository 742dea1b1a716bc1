package blacklist_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
)

var plain = cmp.Options{
	cmp.Comparer(func(a, b phone.Pattern) bool { return a == b }),
	cmp.Comparer(func(a, b phone.Number) bool { return a == b }),
}

func drawEntry(t *rapid.T, rule blacklist.Rule) *blacklist.Entry {
	moment := rapid.Custom(func(t *rapid.T) time.Time {
		if rapid.Bool().Draw(t, "zero") {
			return time.Time{}
		}
		return time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "unix"), 0).UTC()
	})
	text := rapid.OneOf(rapid.SampledFrom([]string{"", "spam", "a\tb", `\n`, "\x00\xff"}), rapid.String())
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

func drawRule(t *rapid.T) blacklist.Rule {
	text := rapid.StringMatching(`\+49[12]{3,5}\*?(:to:\+49[12]{3})?`).Draw(t, "rule")
	rule, err := blacklist.ParseRule(text)
	if err != nil {
		t.Fatal(err)
	}
	return rule
}

// A full line says all of an entry, a short one all but its hits, and neither has characters
// beside its tabs.
func TestALineIsItsEntry(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		entry := drawEntry(t, drawRule(t))
		line := string(blacklist.AppendFullLine(nil, entry))
		read, err := blacklist.ParseLine(line)
		if diff := cmp.Diff(*entry, read, plain); err != nil || diff != "" {
			t.Fatalf("%q: %v (-want +got):\n%s", line, err, diff)
		}
		short := string(blacklist.AppendLine(nil, entry))
		read, err = blacklist.ParseLine(short)
		entry.Hits, entry.LastHit = 0, time.Time{}
		if diff := cmp.Diff(*entry, read, plain); err != nil || diff != "" {
			t.Fatalf("%q: %v (-want +got):\n%s", short, err, diff)
		}
		if strings.ContainsAny(line, "\n\r\x00") {
			t.Fatalf("%q has control characters", line)
		}
	})
}

func TestADiffIsItsEdits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		rules := rapid.SliceOfNDistinct(rapid.Custom(drawRule), 0, 10, blacklist.Rule.String).Draw(t, "rules")
		var edits []blacklist.Edit
		var text []byte
		for _, rule := range rules {
			edit := blacklist.Edit{Rule: rule, Before: drawEntry(t, rule), After: drawEntry(t, rule)}
			switch rapid.IntRange(0, 2).Draw(t, "sides") {
			case 0:
				edit.Before = nil
			case 1:
				edit.After = nil
			}
			edits = append(edits, edit)
			text = blacklist.AppendEdit(text, edit)
		}
		read, err := blacklist.ParseEdits(string(text))
		if diff := cmp.Diff(edits, read, plain); err != nil || diff != "" {
			t.Fatalf("%q: %v (-want +got):\n%s", text, err, diff)
		}
	})
}

func FuzzParseEdits(f *testing.F) {
	f.Add("+\t")
	f.Add("-+4930123\tblock\t1\t\t\tftc\t\tspam\t3\t7\n++4930123\tblock\t1\t\tbusy\tftc\t\t\\t\n")
	f.Fuzz(func(t *testing.T, diff string) {
		edits, err := blacklist.ParseEdits(diff)
		if err != nil {
			return
		}
		var text []byte
		for _, edit := range edits {
			text = blacklist.AppendEdit(text, edit)
		}
		again, err := blacklist.ParseEdits(string(text))
		if diff := cmp.Diff(edits, again, plain); err != nil || diff != "" {
			t.Fatalf("%q: %v (-first +second):\n%s", text, err, diff)
		}
	})
}

func TestDamagedLinesAreRefused(t *testing.T) {
	t.Parallel()
	good := "+4930123\tblock\t1\t\t\tftc\t\tspam"
	if _, err := blacklist.ParseLine(good); err != nil {
		t.Fatal(err)
	}
	for _, line := range slices.Concat([]string{"", "\t", good + "\t", good + "\tx\t2", good + "\t1\t2\t3"}, []string{
		strings.Replace(good, "block", "maybe", 1), strings.Replace(good, "\t1\t", "\tx\t", 1), strings.Replace(good, "+4930123", "x", 1),
	}) {
		if entry, err := blacklist.ParseLine(line); err == nil {
			t.Errorf("%q is read as %v", line, entry)
		}
	}
}

// FuzzParseLine holds that a line that can be read stays what it is when it is written
// again, and that no line is an entry of nothing.
func FuzzParseLine(f *testing.F) {
	for _, line := range []string{
		"", "\t", "+4930123\tblock\t1\t\t\tftc\t\tspam", "+4420*:to:100\tallow\t1\t2\tbusy\t\\t\tanna\t\\\\\t3\t7", "*31#\tblock\t\t99999999999999999999\t\t\t\t",
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		entry, err := blacklist.ParseLine(line)
		if err != nil {
			return
		}
		if entry.Rule.Pattern.String() == "" || entry.Kind == "" {
			t.Fatalf("%q is read as %+v", line, entry)
		}
		again, err := blacklist.ParseLine(string(blacklist.AppendFullLine(nil, &entry)))
		if diff := cmp.Diff(entry, again, plain); err != nil || diff != "" {
			t.Fatalf("%q: %v (-first +second):\n%s", line, err, diff)
		}
	})
}
