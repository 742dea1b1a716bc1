package phone_test

import (
	"testing"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/phone/phonetest"
)

func seed(f *testing.F) {
	f.Helper()
	for _, group := range phonetest.Spellings {
		for _, text := range group.Texts {
			f.Add(group.Region, text)
		}
	}
	for _, text := range []string{"+4420*", "020*", "0044 20*", "*", "**", "10*", "#*", "+*"} {
		f.Add("GB", text)
		f.Add("", text)
	}
}

func FuzzCaller(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, region, text string) {
		checkCaller(t, phone.Region(region), text)
	})
}

func FuzzLine(f *testing.F) {
	seed(f)
	for _, text := range oddLines {
		f.Add("DE", text)
	}
	f.Fuzz(func(t *testing.T, region, text string) {
		checkLine(t, phone.Region(region), text)
	})
}

func FuzzPattern(f *testing.F) {
	seed(f)
	for _, text := range []string{"030 23125012 / 13", "_0900X.", "0160#", "+493023125[0-4]", `="+442079460123"`, "442079460126,00", "4,93E+11", "+54 9 11*", "+229 (0)97*", "045 55*"} {
		f.Add("DE", text)
	}
	f.Fuzz(func(t *testing.T, region, text string) {
		checkCaller(t, phone.Region(region), text)
		checkPatternText(t, phone.Region(region), text)
	})
}
