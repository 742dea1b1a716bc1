package doctor

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// oldestAsterisk is the oldest release that is supported.
const oldestAsterisk = 20

// versionNumber finds 22 and 10 in "22.10.1+dfsg", 20, 7 and 3 in
// "certified/20.7-cert3", and 22 in "GIT-22-1a2b3c".
var versionNumber = regexp.MustCompile(`^(certified[/-]|GIT-)?(\d+)(?:\.(\d+))?(?:[.-]|$)(?:cert(\d+))?`)

// minorVersion is a release of a branch. It is not known for a build from git.
type minorVersion struct {
	known bool
	minor int
	// cert is the number of a certified release, 0 if it is none.
	cert int
}

func readVersion(text string) (major int, minor minorVersion, known bool) {
	parts := versionNumber.FindStringSubmatch(text)
	if parts == nil {
		return 0, minor, false
	}
	major, err := strconv.Atoi(parts[2])
	if err != nil {
		return 0, minor, false
	}
	if number, err := strconv.Atoi(parts[3]); err == nil && parts[1] != "GIT-" {
		minor = minorVersion{known: true, minor: number}
	}
	if strings.HasPrefix(parts[1], "certified") {
		minor.cert, _ = strconv.Atoi(parts[4])
	}
	return major, minor, true
}

// waits says how the release reads the answer to a call in Stasis. long: only every
// 200 ms. short: it still waits, but less.
func waits(major int, v minorVersion) (long, short bool) {
	switch {
	case !v.known:
		return major < oldestAsterisk, false
	case major == 20 && v.cert > 0:
		return v.minor < 6, v.minor < 7 || v.minor == 7 && v.cert < 2
	case major == 20:
		return v.minor < 6, v.minor < 10
	case major == 21:
		return v.minor < 1, v.minor < 5
	}
	return major < oldestAsterisk, false
}

// checkRelease checks that the release of Asterisk is supported and quick.
func checkRelease(e Evidence) Finding {
	const check = "asterisk"
	text := fmt.Sprintf("Asterisk %s answers at %s", e.Asterisk.Version, e.Target.ARIURL)
	major, minor, known := readVersion(e.Asterisk.Version)
	if !known {
		return newFinding(check, Warn, text+"; this version is unknown")
	}
	long, short := waits(major, minor)
	better := "20.10, 21.5, certified-20.7-cert2, 22.0 or newer"
	switch {
	case major < oldestAsterisk:
		return newFinding(check, Warn, fmt.Sprintf("%s; Ringfence supports version %d and newer, and with this one each screened call waits 200 ms: install %s",
			text, oldestAsterisk, better))
	case long:
		return newFinding(check, Warn, fmt.Sprintf("%s; with this release each screened call waits 200 ms: install %s", text, better))
	case short:
		return newFinding(check, OK, fmt.Sprintf("%s; %s is quicker", text, better))
	}
	return newFinding(check, OK, text)
}
