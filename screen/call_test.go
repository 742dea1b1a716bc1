package screen_test

import (
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
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

// FuzzReadCall holds that whatever a dialplan passes on is a call, whose caller can
// be looked up and shown.
func FuzzReadCall(f *testing.F) {
	for _, args := range [][7]string{
		{"100", "%2B4930666200", "allowed_not_screened", "A", "1.1", "12", "hours"},
		{"", "%2331%23%2B4930666200", "prohib", "", "", "x", ""},
		{"*31#", "%zz\x00\xff+49", "\x1b", "\n", "", "-1", "HOURS"},
		{},
	} {
		f.Add(args[0], args[1], args[2], args[3], args[4], args[5], args[6], "030666200", "DE")
	}
	f.Fuzz(func(t *testing.T, dialled, caller, presentation, attestation, linked, length, hours, number, region string) {
		args := []string{dialled, caller, presentation, attestation, linked, length, hours}
		call := screen.ReadCall(args, number, phone.Region(region))
		if again := screen.ReadCall(args, number, phone.Region(region)); again != call {
			t.Fatalf("%q is %+v, then %+v", args, call, again)
		}
		shown := call.Caller.String()
		if strings.ContainsFunc(shown, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q is shown as %q", args, shown)
		}
		if known := call.Caller.Number; known.Known() && call.Caller.Withheld && strings.Contains(shown, known.String()) {
			t.Fatalf("the withheld %s is shown as %q", known, shown)
		}
		if read, err := phone.ParseNumber(call.Caller.Number.String()); call.Caller.Number.Known() && (err != nil || read != call.Caller.Number) {
			t.Fatalf("%q is of %s, which is read as %s, %v", args, call.Caller.Number, read, err)
		}
		decided := screen.Decide(call, screen.Facts{}, policy.Policy{Settings: policy.DefaultSettings()})
		if decided.Decided().Name == "" {
			t.Fatalf("nothing decides about %q", args)
		}
	})
}
