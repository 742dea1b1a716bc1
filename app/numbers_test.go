package app

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

func TestReadLines(t *testing.T) {
	tests := []struct {
		name, text string
		want       []Line
	}{
		{"empty", "", nil},
		{"one", "+49301", []Line{{"+49301", 1, ""}}},
		{"blank lines", "\n +49301 \n\t\n+49302\n", []Line{{"+49301", 2, ""}, {"+49302", 4, ""}}},
		{"comments", "# ours\n+49301 # a note\n#+49302\n", []Line{{"+49301", 2, ""}}},
		{"star codes", "*21#\n#31#+49301\n*21# # a note", []Line{{"*21#", 1, ""}, {"*21#", 3, ""}}},
		{"Windows", "\ufeff+49301\r\n+49302\r\n", []Line{{"+49301", 1, ""}, {"+49302", 2, ""}}},
		{"invalid UTF-8", "\xff\xfe", []Line{{"\xff\xfe", 1, ""}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadLines(strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("wrong words (-want +got):\n%s", diff)
			}
		})
	}
}

// A line of a file has numbers and a reason, as in a file that is imported.
func TestReadRules_Lines(t *testing.T) {
	for text, want := range map[string]string{
		"+4930123456, sells windows":            "+4930123456 sells windows",
		"+4930123456; spam; again":              "+4930123456 spam, again",
		"+4930123456\t\"spam\"":                 "+4930123456 spam",
		"# ours\n\n+4930123456 # silent":        "+4930123456 silent",
		"\"+49 30 123456\",spam":                "+4930123456 spam",
		"+4930123456,":                          "+4930123456",
		"+4930123456, +4930123457":              "+4930123456|+4930123457",
		"+4930123456;030 123457;spam":           "+4930123456 spam|+4930123457 spam",
		"+4930123456, 2026-11-24\n+4930123456":  "+4930123456 2026-11-24",
		"+4930123456\n+4930123456, spam":        "+4930123456 spam",
		"+4930123456, spam\n+4930123456, fraud": "line 2: +4930123456 is there with another reason too: remove one of them",
		"+4930123456\n030 123 12 / 13":          "line 2: ",
		"spam":                                  "line 1: ",
	} {
		lines, err := ReadNumberLines(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		rules, of, err := List{Region: "DE"}.ReadRules(lines, phone.Pattern{})
		if err != nil {
			if got := err.Error(); !strings.HasPrefix(got, want) || !strings.HasPrefix(want, "line ") {
				t.Errorf("%q: got %q, want %q", text, got, want)
			}
			continue
		}
		var got []string
		for _, rule := range rules {
			got = append(got, strings.TrimSpace(rule.String()+" "+of[rule].Reason))
		}
		if all := strings.Join(got, "|"); all != want {
			t.Errorf("%q: got %q, want %q", text, all, want)
		}
	}
}

// countedPuts stores how often entries are put.
type countedPuts struct {
	doubtStore
	puts *int
}

func (s countedPuts) Put(_ context.Context, entries []blacklist.Entry, keep ...blacklist.Field) ([]blacklist.Change, error) {
	*s.puts++
	var changes []blacklist.Change
	for _, entry := range entries {
		if kept := slices.Contains(keep, blacklist.FieldReason); kept != (entry.Reason == "") {
			return nil, fmt.Errorf("%s with the reason %q keeps its own: %t", entry, entry.Reason, kept)
		}
		changes = append(changes, blacklist.Change{Entry: entry})
	}
	return changes, nil
}

// Lines with a reason and lines without are two changes, however they are mixed, and come
// back in the order of the lines.
func TestPut_MixedReasons(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		fmt.Fprintf(&text, "+49302312%04d%s\n", i, []string{"", ", spam"}[i%2])
	}
	lines, err := ReadNumberLines(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	puts := 0
	list := List{Store: countedPuts{doubtStore{settings: policy.DefaultSettings()}, &puts}, Now: time.Now}
	rules, of, err := list.ReadRules(lines, phone.Pattern{})
	if err != nil {
		t.Fatal(err)
	}
	changes, err := list.Put(t.Context(), EntryInput{Kind: blacklist.Block, Lines: of}, rules)
	if err != nil || puts != 2 || len(changes) != len(rules) {
		t.Fatalf("%d changes in %d puts, %v", len(changes), puts, err)
	}
	for i, rule := range rules {
		if changes[i].Entry.Rule != rule {
			t.Fatalf("change %d is of %s, want %s", i, changes[i].Entry, rule)
		}
	}
}

func TestReadLinesTooLong(t *testing.T) {
	_, err := ReadLines(strings.NewReader("1\n" + strings.Repeat("9", 1<<20)))
	if err == nil || err.Error() != "line 2: too long for a number" {
		t.Errorf("got %v", err)
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add("# a\n+49 # b\n\n*21#")
	f.Add("\xff #\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadLines(strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Split(text, "\n")
		last := 0
		for _, w := range got {
			number := w.Number
			if number <= last || number > len(lines) || !strings.Contains(lines[number-1], w.Text) {
				t.Errorf("%q is not in line %d", w.Text, number)
			}
			if w.Text == "" || strings.HasPrefix(w.Text, "#") || strings.TrimSpace(w.Text) != w.Text {
				t.Errorf("%q is no word", w.Text)
			}
			last = number
		}
	})
}
