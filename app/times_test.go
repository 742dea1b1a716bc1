package app

import (
	"os"
	"path/filepath"
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

// TestTheZoneOfTheMachineHasAName ensures that working time never depends on
// what a machine calls local.
func TestTheZoneOfTheMachineHasAName(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	target := filepath.Join(folder, "zoneinfo", "Europe", "Berlin")
	for _, step := range []error{
		os.MkdirAll(filepath.Dir(target), 0o700),
		os.WriteFile(target, nil, 0o600),
		os.Symlink(target, filepath.Join(folder, "localtime")),
		os.WriteFile(filepath.Join(folder, "copied"), nil, 0o600),
		os.WriteFile(filepath.Join(folder, "timezone"), []byte("Asia/Tokyo\n"), 0o600),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	for _, test := range []struct{ tz, link, file, want string }{
		{"America/New_York", "localtime", "timezone", "America/New_York"},
		{":America/New_York", "localtime", "timezone", "America/New_York"},
		{":/usr/share/zoneinfo/America/New_York", "localtime", "timezone", "America/New_York"},
		{"EST5EDT4,M3.2.0,M11.1.0", "localtime", "timezone", ""},
		{"", "localtime", "timezone", "Europe/Berlin"},
		{"", "copied", "timezone", "Asia/Tokyo"},
		{"", "missing", "timezone", "Asia/Tokyo"},
		{"", "copied", "missing", ""},
	} {
		zone := namedZone(test.tz, filepath.Join(folder, test.link), filepath.Join(folder, test.file))
		got := ""
		if zone != nil {
			got = zone.String()
		}
		if got != test.want {
			t.Errorf("TZ=%s, %s, %s: %q, want %q", test.tz, test.link, test.file, got, test.want)
		}
	}
}
