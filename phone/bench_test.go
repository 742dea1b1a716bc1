package phone_test

import (
	"testing"

	"github.com/ringfence/ringfence/phone"
)

func BenchmarkCaller(b *testing.B) {
	for _, bench := range []struct{ name, text string }{
		{"fast", "+4930123456"},
		{"spelled", "+49 30 123456"},
		{"trunk", "+49 (0)30 123456"},
		{"national", "030123456"},
		{"bare", "4930123456"},
		{"foreign", "442079460000"},
		{"extension", "100"},
		{"uri", `"Max" <sip:+4930123456@host;user=phone>`},
		{"anonymous", "anonymous"},
	} {
		b.Run(bench.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				phone.Region("DE").Caller(bench.text)
			}
		})
	}
}

// BenchmarkLine reads what lines usually send: it costs little more than Caller.
func BenchmarkLine(b *testing.B) {
	for _, text := range []string{"+4930123456", "030123456", "100", "anonymous"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = phone.Region("DE").Line(text)
			}
		})
	}
}

// BenchmarkUS reads the spellings of complaint lists.
func BenchmarkUS(b *testing.B) {
	for _, text := range []string{"203-760-1637", "2244666921", "+12037601637", "1-203-760-1637", "(203) 760-1637", "555-123-4567", "493-012-3456", "0000"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = phone.Region("US").Pattern(text)
			}
		})
	}
}

// BenchmarkShortCut compares what a number in E.164 costs with and without
// the short cut.
func BenchmarkShortCut(b *testing.B) {
	const digits = "4930123456"
	b.Run("is canonical", func(b *testing.B) {
		for b.Loop() {
			phone.IsCanonical(digits)
		}
	})
	b.Run("strip", func(b *testing.B) {
		for b.Loop() {
			phone.Strip(digits)
		}
	})
}

func BenchmarkPatterns(b *testing.B) {
	n := phone.Region("").Caller("+4930123456")
	b.ReportAllocs()
	for b.Loop() {
		for p := range n.Patterns() {
			_ = p
		}
	}
}
