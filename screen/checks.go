package screen

// CheckNames returns the names of all checks, in the order in which they are
// asked, and last the one of a call that nobody could decide.
func CheckNames() []string {
	return []string{CheckList, CheckPrefix, CheckAnonymous, CheckRepeat, CheckDefault, CheckNone}
}
