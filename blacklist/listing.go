package blacklist

import "time"

// Listing is the line that an index of the list has of an entry: what tells
// without the entry itself whether somebody looks for it. It may be a moment
// ahead of the entry or behind it, and for a short while there may be one
// without an entry.
type Listing struct {
	Rule   Rule
	Kind   Kind
	Source string
	Author string
	Reason string
	// Created and Expires are whole seconds; Expires is zero for one that
	// never ends.
	Created, Expires time.Time
}
