package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/phone"
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

// What follows a number on its line is its reason, as in a file.
func TestReadNumberLines(t *testing.T) {
	for _, test := range []struct {
		text string
		want []Line
	}{
		{"+49301, sells windows", []Line{{"+49301", 1, "sells windows"}}},
		{"+49301; spam; again", []Line{{"+49301", 1, "spam, again"}}},
		{"+49301\t\"spam\"", []Line{{"+49301", 1, "spam"}}},
		{"# ours\n\n+49301 # silent", []Line{{"+49301", 3, "silent"}}},
		{"\"+49 301\",spam", []Line{{"+49 301", 1, "spam"}}},
		{"+49301,", []Line{{"+49301", 1, ""}}},
		{", spam", []Line{{"", 1, "spam"}}},
	} {
		got, err := ReadNumberLines(strings.NewReader(test.text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", test.text, diff)
		}
	}
}

func TestReadRules_Reasons(t *testing.T) {
	for text, want := range map[string]string{
		"+4930123456, spam\n+4930123456, fraud": "line 2: +4930123456 is there with another reason too: remove one of them",
		"+4930123456, +4930123457":              "line 1: +4930123456 is followed by another number: write one number on each line",
		"+4930123456;030 123457;spam":           "line 1: +4930123456 is followed by another number: write one number on each line",
		"+4930123456, 2026-11-24\n+4930123456":  "",
		"+4930123456\n+4930123456, spam":        "",
	} {
		lines, err := ReadNumberLines(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = List{}.ReadRules(lines, phone.Pattern{})
		if got := fmt.Sprint(err); got != want && (err != nil || want != "") {
			t.Errorf("%q: got %q, want %q", text, got, want)
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
