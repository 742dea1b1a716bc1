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
	// "added", "changed" or "unchanged".
	Effect Effect
	// New entry.
	Entry Entry
	// Old entry of the same rule; missing if there was none.
	Before *Entry
}
