package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadLines(t *testing.T) {
	tests := []struct {
		name, text string
		want       []word
	}{
		{"empty", "", nil},
		{"one", "+49301", []word{{"+49301", "line 1: "}}},
		{"blank lines", "\n +49301 \n\t\n+49302\n", []word{{"+49301", "line 2: "}, {"+49302", "line 4: "}}},
		{"comments", "# ours\n+49301 # a note\n#+49302\n", []word{{"+49301", "line 2: "}}},
		{"star codes", "*21#\n#31#+49301\n*21# # a note", []word{{"*21#", "line 1: "}, {"*21#", "line 3: "}}},
		{"Windows", "\ufeff+49301\r\n+49302\r\n", []word{{"+49301", "line 1: "}, {"+49302", "line 2: "}}},
		{"invalid UTF-8", "\xff\xfe", []word{{"\xff\xfe", "line 1: "}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := readLines(strings.NewReader(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(word{})); diff != "" {
				t.Errorf("wrong words (-want +got):\n%s", diff)
			}
		})
	}
}

func TestReadLinesTooLong(t *testing.T) {
	_, err := readLines(strings.NewReader("1\n" + strings.Repeat("9", 1<<20)))
	if err == nil || err.Error() != "line 2: too long for a number" {
		t.Errorf("got %v", err)
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add("# a\n+49 # b\n\n*21#")
	f.Add("\xff #\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := readLines(strings.NewReader(text))
		if err != nil {
			return
		}
		lines := strings.Split(text, "\n")
		last := 0
		for _, w := range got {
			var number int
			if _, err := fmt.Sscanf(w.where, "line %d: ", &number); err != nil {
				t.Fatal(err)
			}
			if number <= last || number > len(lines) || !strings.Contains(lines[number-1], w.text) {
				t.Errorf("%q is not in line %d", w.text, number)
			}
			if w.text == "" || strings.HasPrefix(w.text, "#") || strings.TrimSpace(w.text) != w.text {
				t.Errorf("%q is no word", w.text)
			}
			last = number
		}
	})
}
