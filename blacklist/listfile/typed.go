package listfile

// TypedLine splits a line that was typed into the number at its beginning and the
// reason after it, in the same way as a line of a text file; both are "" for a blank
// line or a comment.
func TypedLine(text string) (number, reason string) {
	number, reason = plainLine(text)
	return number, words(reason)
}
