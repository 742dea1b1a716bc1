package cli

import (
	"os"
	"path/filepath"
	"testing"
)

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
