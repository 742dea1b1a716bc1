// Package policy is all that decides calls beside the entries of exact numbers:
// settings, prefixes and working time, as one immutable snapshot with a version.
package policy

import (
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/schedule"
)

// Policy is everything but the exact entries that a decision needs: small,
// held in memory, never changed once made.
type Policy struct {
	// Version is another text after every change, and never the same again.
	Version  string
	Settings Settings
	// Rules are the prefixes, and those exact numbers that are allowed
	// although a blocked prefix covers them: so that they pass while the
	// store is out of reach, too.
	Rules blacklist.Rules
	// Schedule is the working time of the dialled numbers.
	Schedule schedule.Schedule
}
