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

// Field is a field of an entry that a change of the entry may keep.
type Field string

// The fields.
const (
	FieldExpires Field = "expires"
	FieldAction  Field = "action"
	FieldReason  Field = "reason"
)

// Keeping returns the entry with the given fields of another.
func (e Entry) Keeping(other Entry, fields []Field) Entry {
	for _, field := range fields {
		switch field {
		case FieldExpires:
			e.Expires = other.Expires
		case FieldAction:
			e.Action = other.Action
		case FieldReason:
			e.Reason = other.Reason
		}
	}
	return e
}
