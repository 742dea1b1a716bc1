package blacklist

// Effect is the effect of Put on an entry.
type Effect string

// The effects.
const (
	Added     Effect = "added"
	Changed   Effect = "changed"
	Unchanged Effect = "unchanged"
)

// Change is the result of Put for one entry.
type Change struct {
	// Entry is the new entry.
	Entry  Entry
	Effect Effect
	// Before is the old entry of the same rule, nil if there was none.
	Before *Entry
}
