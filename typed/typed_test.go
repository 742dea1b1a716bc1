package typed_test

import (
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/typed"
)

func TestPlain(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                         "",
		"  Mon -\t Fri\r\n9-18 ":                   "Mon - Fri 9-18",
		"9:00\u202fAM \u2013 5:00\u202fPM":         "9:00 AM - 5:00 PM",
		"9\u200b:\u200b00\ufeff":                   "9:00",
		"1\u2009d\u00a012\u3000h":                  "1 d 12 h",
		"\u2010\u2011\u2012\u2013\u2014\u2015":     "------",
		"\u2212\uff0d\ufe58\ufe63\u301c\uff5e":     "------",
		"24.12\u202601.01":                         "24.12..01.01",
		"９：３０－１７：３０":                               "9:30-17:30",
		"Ｍｏｎ；":                                     "Mon;",
		"\u0660\u0661\u0669 \u0966\u096f \u1bf0":   "019 09 \u1bf0",
		"\U0001d7ce\U0001d7d7\U0001d7d8\U0001d7ff": "0909",
		"\u200e24.12.2026\u200f":                   "24.12.2026",
		"São Paulo – ĞÜ":                           "São Paulo - ĞÜ",
	} {
		if got := typed.Plain(text); got != want {
			t.Errorf("Plain(%q) = %q, want %q", text, got, want)
		}
	}
}

// Every digit of every script has its value, and no blank, dash or hidden
// character of Unicode survives.
func TestPlain_KnowsAllOfUnicode(t *testing.T) {
	t.Parallel()
	for r := rune(0); r <= unicode.MaxRune; r++ {
		got := typed.Plain("a" + string(r) + "b")
		switch {
		case unicode.IsSpace(r):
			if got != "a b" {
				t.Errorf("%U: %q", r, got)
			}
		case unicode.Is(unicode.Pd, r):
			if got != "a-b" {
				t.Errorf("%U: %q", r, got)
			}
		case unicode.Is(unicode.Nd, r):
			if len(got) != 3 || got[1] < '0' || got[1] > '9' {
				t.Errorf("%U: %q", r, got)
			}
			if !unicode.Is(unicode.Nd, r-1) && got != "a0b" {
				t.Errorf("%U begins a run of digits: %q", r, got)
			}
		case unicode.Is(unicode.Cf, r):
			if got != "ab" {
				t.Errorf("%U: %q", r, got)
			}
		}
	}
}

func TestPlain_IsStable(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		once := typed.Plain(text)
		if again := typed.Plain(once); again != once {
			t.Errorf("%q: %q, then %q", text, once, again)
		}
		if strings.TrimSpace(once) != once || strings.Contains(once, "  ") {
			t.Errorf("%q: %q", text, once)
		}
	})
}

func FuzzPlain(f *testing.F) {
	f.Add("9:00\u202fAM \u2013 ５：００ PM")
	f.Fuzz(func(t *testing.T, text string) {
		once := typed.Plain(text)
		if typed.Plain(once) != once || typed.Lower(once) != typed.Lower(text) {
			t.Errorf("%q: %q", text, once)
		}
	})
}
