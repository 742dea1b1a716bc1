package blacklist

// Effect says what Put did to the list.
type Effect string

// The effects.
const (
	Added     Effect = "added"
	Changed   Effect = "changed"
	Unchanged Effect = "unchanged"
)

// Change is what Put made of one entry.
type Change struct {
	// Entry is as the list has it now.
	Entry  Entry
	Effect Effect
	// Before is the entry of the same rule that was on the list, nil if none was.
	Before *Entry
}
