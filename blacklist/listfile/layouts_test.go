package listfile_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

var update = flag.Bool("update", false, "write what is read as what is wanted")

// Each file of testdata follows a real layout, dirt included. What shall be
// read of it stands in the file of the same name that ends with .want.
func TestLayouts(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, ".want") {
			continue
		}
		t.Run(filepath.Base(name), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			format, rows := read(t, string(text), listfile.Options{Region: regionOf(name)})
			got := format.String() + "\n" + strings.Join(rows, "\n") + "\n"
			if *update {
				if err := os.WriteFile(name+".want", []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(name + ".want")
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Error(diff)
			}
			if _, again := read(t, string(text), listfile.Options{Region: regionOf(name), Format: format}); !bytes.Equal(want, []byte(format.String()+"\n"+strings.Join(again, "\n")+"\n")) {
				t.Errorf("read differently when --format %s is given", format)
			}
		})
	}
}

func regionOf(name string) phone.Region {
	switch base := filepath.Base(name); {
	case strings.HasPrefix(base, "yeastar"), strings.HasPrefix(base, "callattendant"), strings.HasPrefix(base, "plum"), strings.HasPrefix(base, "freeswitch"), strings.HasPrefix(base, "ncid"):
		return "US"
	}
	return "DE"
}
