package cli

import (
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ringfence/ringfence/schedule"
)

// machineZone returns the time zone of this machine by its name, nil if it
// can't be told: what time.Local is called says nothing anywhere else.
func (p *program) machineZone() *time.Location {
	return namedZone(p.getenv("TZ"), "/etc/localtime", "/etc/timezone")
}

// namedZone looks for the name of a zone in the value of TZ, in where a link
// leads, and in a file.
func namedZone(tz, link, file string) *time.Location {
	if name := strings.TrimPrefix(tz, ":"); name != "" {
		return zoneOf(name)
	}
	if target, err := filepath.EvalSymlinks(link); err == nil {
		if zone := zoneOf(target); zone != nil {
			return zone
		}
	}
	text, err := os.ReadFile(file) //nolint:gosec // Only the system's own file is read, or a test's.
	if err != nil {
		return nil
	}
	return zoneOf(strings.TrimSpace(string(text)))
}

// zoneOf returns the zone of a name, or of a file in the system's folder of
// zones.
func zoneOf(name string) *time.Location {
	if _, inFolder, found := strings.Cut(name, "/zoneinfo/"); found {
		name = inFolder
	}
	zone, err := schedule.LoadZone(name)
	if err != nil {
		return nil
	}
	return zone
}
