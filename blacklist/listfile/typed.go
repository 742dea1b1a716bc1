package listfile

import "strings"

// TypedLine splits a line that was typed into the number at its beginning and the
// reason after it, in the same way as a line of a text file; both are "" for a blank
// line or a comment.
func TypedLine(text string) (number, reason string) {
	line := numbers{}.plainLine(text)
	return strings.Join(line.texts, ", "), words(line.reason)
}
