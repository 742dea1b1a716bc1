package lab_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/lab"
)

func TestMirrorsIn(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"nothing", "", nil},
		{"one line", "deb http://mirror.example/debian bookworm main\n", []string{"http://mirror.example/debian"}},
		{"one line with options", "deb [ arch=amd64 signed-by=/k.gpg ] http://mirror.example/debian/ bookworm main", []string{"http://mirror.example/debian"}},
		{"options without end", "deb [ arch=amd64 http://mirror.example/debian bookworm", nil},
		{"sources and comments", "# deb http://a.example/debian x main\ndeb-src http://b.example/debian x main\n", nil},
		{"others", "deb http://a.example/debian-security x main\ndeb http://b.example/ubuntu x main\n", nil},
		{
			"deb822", `
Types: deb
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main

Types: deb
URIs: http://mirror.example/debian-security http://other.example/debian
`,
			[]string{"http://mirror.example/debian", "http://other.example/debian"},
		},
		{"deb822, folded", "URIs:\n http://one.example/debian\n http://two.example/debian/\nSuites: x\n http://no.example/debian\n", []string{"http://one.example/debian", "http://two.example/debian"}},
		{"mirror list in a file", "URIs: mirror+file:/etc/apt/mirrors/debian.list\n", []string{"mirror+file:/etc/apt/mirrors/debian.list"}},
		{"a day's snapshot", "deb http://mirror.example/archive/debian/20250520T000000Z/ bookworm main", []string{"http://mirror.example/archive/debian/20250520T000000Z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, lab.MirrorsIn(test.text)); diff != "" {
				t.Errorf("mirrors (-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzMirrorsIn(f *testing.F) {
	f.Add("deb [ a ] http://mirror.example/debian x main\n")
	f.Add("URIs:\n http://mirror.example/debian\n")
	f.Fuzz(func(t *testing.T, text string) {
		for _, mirror := range lab.MirrorsIn(text) {
			if !strings.Contains(text, mirror) || strings.ContainsAny(mirror, " \t\n") {
				t.Errorf("mirror %q of %q", mirror, text)
			}
		}
	})
}
