package blacklist_test

import (
	"testing"

	"github.com/ringfence/ringfence/blacklist"
)

func TestReservedSource(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"manual": true, "Repeat": true, "STAR": true, "import": true, "": false, "stars": false, "ftc": false,
	} {
		if got := blacklist.ReservedSource(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
