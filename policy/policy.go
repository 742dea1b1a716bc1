// Package policy has what decides calls besides the entries of exact numbers:
// settings, prefixes and working time, as one immutable snapshot with a version.
package policy

import (
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/schedule"
)

// Policy is what a decision needs besides the exact entries. It is small, held in
// memory and immutable.
type Policy struct {
	// Version changes with every change and is never used again: COUNTER-EPOCH-TOKEN,
	// "" before the first change.
	Version  string
	Settings Settings
	// Rules are the prefixes, and the allowed exact numbers under a blocked prefix,
	// so that these pass even while the store is unreachable.
	Rules blacklist.Rules
	// Schedule is the working time of the dialled numbers.
	Schedule schedule.Schedule
}
