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
	}
	for _, test := range tests {
		if got, err := span.Parse(test.text); err != nil || got != test.want {
			t.Errorf("span.Parse(%q) = %s, %v; want %s", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{
		"", "0", "0h", "7", "d", "-1h", "+1h", "1.5h", "1 d", "7days", "10000w", "99999999999999999999d", "36500d1s", "1h-", "∞",
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
	f.Fuzz(func(t *testing.T, text string) {
		length, err := span.Parse(text)
		if err != nil {
			return
		}
		if length < time.Second || length > span.Max {
			t.Errorf("Parse(%q) = %s", text, length)
		}
	})
}
