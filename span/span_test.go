package span_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/span"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
	}{
		{"90m", 90 * time.Minute},
		{"24h", 24 * time.Hour},
		{"7d", 7 * span.Day},
		{"2w", 14 * span.Day},
		{"1w2d3h4m5s", 9*span.Day + 3*time.Hour + 4*time.Minute + 5*time.Second},
		{"100w", 700 * span.Day},
		{"1y", 365 * span.Day},
		{"1 y", 365 * span.Day},
		{"2 weeks", 14 * span.Day},
		{"1 Month", 30 * span.Day},
		{"6mo", 180 * span.Day},
		{"90 days", 90 * span.Day},
		{"7days", 7 * span.Day},
		{"1 d", span.Day},
		{"1D", span.Day},
		{"1 hour", time.Hour},
		{"2 hrs. 30 min.", 2*time.Hour + 30*time.Minute},
		{"1 year, 2 months and 3 days", 428 * span.Day},
		{"1d 12h", 36 * time.Hour},
		{" 2\u00a0weeks\n", 14 * span.Day},
		{"1\u202fd\u200912\u200bh", 36 * time.Hour},
		{"９０ｄ", 90 * span.Day},
	}
	for _, test := range tests {
		if got, err := span.Parse(test.text); err != nil || got != test.want {
			t.Errorf("span.Parse(%q) = %s, %v; want %s", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{
		"", "0", "0h", "7", "d", "-1h", "+1h", "1.5h", "1,5h", "\u22121h", "10000w", "99999999999999999999d", "36500d1s", "1h-", "∞",
		"1h,", "1h and", "a year", "3M", "1 ds", "1 ys", "1 fortnight", "101y", "100y1s", "and 1h", "1h,,2m", "1 2 h",
	} {
		if got, err := span.Parse(text); err == nil {
			t.Errorf("span.Parse(%q) = %s, want an error", text, got)
		}
	}
}

// What is written can be read, and says the same.
func TestFormat_IsRead(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		length := time.Duration(rapid.Int64Range(1, int64(span.Max/time.Second)).Draw(t, "seconds")) * time.Second
		if got, err := span.Parse(span.Format(length)); err != nil || got != length {
			t.Errorf("Parse(%q) = %s, %v; want %s", span.Format(length), got, err, length)
		}
	})
	if got := span.Format(0); got != "0s" {
		t.Errorf("Format(0) = %q", got)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1d12h")
	f.Add("1 year, 2 months and\u202f3 days")
	f.Fuzz(func(t *testing.T, text string) {
		length, err := span.Parse(text)
		if err != nil {
			return
		}
		if length < time.Second || length > span.Max {
			t.Errorf("Parse(%q) = %s", text, length)
		}
		if again, err := span.Parse(span.Format(length)); err != nil || again != length {
			t.Errorf("Parse(%q) = %s, which is read back as %s, %v", text, length, again, err)
		}
	})
}
