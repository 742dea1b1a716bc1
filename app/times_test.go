package app

import (
	"testing"
	"time"
)

func TestParseMoment(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.Local)
	tests := []struct {
		text string
		want time.Time
	}{
		{"2026-12-24", time.Date(2026, 12, 24, 0, 0, 0, 0, time.Local)},
		{"2026-12-24 18:30", time.Date(2026, 12, 24, 18, 30, 0, 0, time.Local)},
		{"2026-12-24T18:30:15", time.Date(2026, 12, 24, 18, 30, 15, 0, time.Local)},
		{"2026-12-24T18:30:15Z", time.Date(2026, 12, 24, 18, 30, 15, 0, time.UTC)},
		{"2026-12-24T18:30:15+01:00", time.Date(2026, 12, 24, 17, 30, 15, 0, time.UTC)},
		{"18:30", time.Date(2026, 11, 23, 18, 30, 0, 0, time.Local)},
	}
	for _, test := range tests {
		if got, err := ParseMoment(test.text, now, time.Local); err != nil || !got.Equal(test.want) {
			t.Errorf("ParseMoment(%q) = %s, %v; want %s", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{"", "tomorrow", "24.12.2026", "2026-13-01", "25:00", "2h"} {
		if got, err := ParseMoment(text, now, time.Local); err == nil {
			t.Errorf("ParseMoment(%q) = %s, want an error", text, got)
		}
	}
	if got, err := parseSince("2h", now); err != nil || !got.Equal(now.Add(-2*time.Hour)) {
		t.Errorf("parseSince(2h) = %s, %v", got, err)
	}
}
