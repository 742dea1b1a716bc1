package main

import (
	"testing"
	"time"
)

func TestParseSpan(t *testing.T) {
	tests := []struct {
		text string
		want time.Duration
	}{
		{"90m", 90 * time.Minute},
		{"24h", 24 * time.Hour},
		{"7d", 7 * day},
		{"2w", 14 * day},
		{"1w2d3h4m5s", 9*day + 3*time.Hour + 4*time.Minute + 5*time.Second},
		{"100w", 700 * day},
	}
	for _, test := range tests {
		if got, err := parseSpan(test.text); err != nil || got != test.want {
			t.Errorf("parseSpan(%q) = %s, %v; want %s", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{
		"", "0", "0h", "7", "d", "-1h", "+1h", "1.5h", "1 d", "7days", "10000w", "99999999999999999999d", "36500d1s", "1h-", "∞",
	} {
		if got, err := parseSpan(text); err == nil {
			t.Errorf("parseSpan(%q) = %s, want an error", text, got)
		}
	}
}

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
		if got, err := parseMoment(test.text, now); err != nil || !got.Equal(test.want) {
			t.Errorf("parseMoment(%q) = %s, %v; want %s", test.text, got, err, test.want)
		}
	}
	for _, text := range []string{"", "tomorrow", "24.12.2026", "2026-13-01", "25:00", "2h"} {
		if got, err := parseMoment(text, now); err == nil {
			t.Errorf("parseMoment(%q) = %s, want an error", text, got)
		}
	}
	if got, err := parseSince("2h", now); err != nil || !got.Equal(now.Add(-2*time.Hour)) {
		t.Errorf("parseSince(2h) = %s, %v", got, err)
	}
}
