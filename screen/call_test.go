package screen_test

import (
	"strconv"
	"testing"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/screen"
)

// What is remembered of dialled numbers is the region's own reading, however
// many are dialled.
func TestReadCall_ReadsDialledNumbersAlways(t *testing.T) {
	t.Parallel()
	for range 2 {
		for i := range 1500 {
			text := "030" + strconv.Itoa(2_000_000+i)
			for _, region := range []phone.Region{"DE", "FR", ""} {
				got := screen.ReadCall([]string{text}, "", region).Dialled
				if want := region.Caller(text); got != want {
					t.Fatalf("%s in %q is read as %s, want %s", text, region, got, want)
				}
			}
		}
	}
}
