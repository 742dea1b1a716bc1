package blacklist

import "time"

// Listing is what an index of the list tells of an entry without the entry
// itself. It may be behind the entry for a moment.
type Listing struct {
	Rule    Rule
	Kind    Kind
	Source  string
	Reason  string
	Created time.Time
	// Expires is when the entry ceases to be; zero means never.
	Expires time.Time
}
