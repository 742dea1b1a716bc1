package phone_test

import (
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/phone"
)

// anyNational is a country code and digits that are, or nearly are, a number
// there, with and without what may be dialled before them.
func anyNational(t *rapid.T) (code, national string) {
	code = strconv.Itoa(rapid.SampledFrom(codes).Draw(t, "code"))
	if rapid.IntRange(0, 4).Draw(t, "NANP") == 0 {
		code = "1"
	}
	trunk := rapid.SampledFrom([]string{"", "", "", "0", "00", "1", "8", "06", "01", "15", "9"}).Draw(t, "trunk")
	choice := rapid.IntRange(0, 9)
	walked := phone.Walk(code, func(digits []int) int { return digits[choice.Draw(t, "digit")%len(digits)] },
		func() bool { return choice.Draw(t, "end") == 0 })
	national = trunk + walked
	if at := rapid.IntRange(0, 3*len(national)).Draw(t, "wrong at"); at < len(national) {
		national = national[:at] + strconv.Itoa(choice.Draw(t, "wrong digit")) + national[at+1:]
	}
	return code, national + rapid.SampledFrom([]string{"", "", "", "7"}).Draw(t, "surplus")
}

// What is valid by the automata is valid by the library, and nothing else is.
func TestAutomataSayWhatTheLibrarySays(t *testing.T) {
	t.Parallel()
	if phone.Valid("49", "4930000") {
		t.Error("a number of a type is valid though no number of its country is like it")
	}
	good, bad := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		code, national := anyNational(t)
		if len(national) < 2 || len(code)+len(national) > 15 {
			t.Skip("no number has so few or so many digits")
		}
		want := phone.ValidInLibrary(code, national)
		if got := phone.Valid(code, national); got != want {
			t.Fatalf("+%s %s: valid %t, in the library %t", code, national, got, want)
		}
		if want {
			good++
		} else {
			bad++
		}
	})
	if good == 0 || bad == 0 {
		t.Errorf("%d numbers are valid, %d are not: both must be tried", good, bad)
	}
}

// Every country code has an automaton, and each of its states is right about
// some number of each length.
func TestAutomataStateByState(t *testing.T) {
	t.Parallel()
	for _, c := range codes {
		code := strconv.Itoa(c)
		paths := phone.Paths(code)
		if len(paths) == 0 {
			t.Errorf("+%s has no automaton", code)
		}
		for _, national := range paths {
			if want := phone.ValidInLibrary(code, national); phone.Valid(code, national) != want {
				t.Errorf("+%s %s: in the library valid is %t", code, national, want)
			}
		}
	}
}

// What is taken away without the library is what the library takes away.
func TestStrippingSaysWhatTheLibrarySays(t *testing.T) {
	t.Parallel()
	check := func(t interface{ Fatalf(string, ...any) }, code, national string) {
		if got, want := phone.StripOnce(code, national), phone.StripInLibrary(code, national); got != want {
			t.Fatalf("+%s %s becomes %s, in the library %s", code, national, got, want)
		}
	}
	check(t, "1", "13100000") // valid, but too short to be dialled from abroad
	rapid.Check(t, func(t *rapid.T) {
		code, national := anyNational(t)
		check(t, code, national)
	})
}

// A text that is spelled in the usual way is read as any other is.
func TestPlainSpellingIsSpelling(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.OneOf(rapid.StringMatching(`[+0]{0,3}[-0-9 ()./+]{0,20}`), anyText()).Draw(t, "text")
		phone.CheckSpelling(t, text)
	})
}

func TestPossible(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"+12037601637": true, "+16465535819383": false, "+1203760163": false, "+4930123456": true, "+493*": true,
		"+120376016371*": false, "+1*": true, "+*": false, "+9991234567": false, "+99*": true, "100": true, "12*": true,
	} {
		pattern, err := phone.ParsePattern(text)
		if err == nil && pattern.Possible() != want {
			t.Errorf("Possible(%s) = %t", text, !want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		code, national := anyNational(t)
		pattern, err := phone.ParsePattern("+" + code + national)
		if err != nil || len(national) < 2 {
			t.Skip("no number")
		}
		if want := phone.PossibleInLibrary(code, national); pattern.Possible() != want {
			t.Fatalf("%s: possible %t, in the library %t", pattern, !want, want)
		}
	})
}

func BenchmarkNewAutomaton(b *testing.B) {
	for _, code := range []int{1, 49} {
		b.Run(strconv.Itoa(code), func(b *testing.B) {
			for b.Loop() {
				phone.NewAutomaton(code)
			}
		})
	}
}
