package policy

import (
	"strconv"
	"strings"
)

// fileVersion is the version of a policy that was not loaded from the store, which
// never has this version: its first answer replaces the policy.
const fileVersion = "file"

// lost reports whether a store that had one version cannot have come to the other
// by changes: its counter went back or stayed, or its epoch is another one.
func lost(before, now string) bool {
	if before == "" || before == fileVersion || before == now {
		return false
	}
	counter, epoch := readVersion(before)
	nowCounter, nowEpoch := readVersion(now)
	return nowCounter <= counter || nowEpoch != epoch
}

func readVersion(version string) (counter int64, epoch string) {
	first, rest, _ := strings.Cut(version, "-")
	epoch, _, _ = strings.Cut(rest, "-")
	// What is not a version counts as none.
	counter, _ = strconv.ParseInt(first, 10, 64)
	return counter, epoch
}
