package app

import "regexp"

// The forms of IDs: of calls and events, which are those of a stream in Redis, and of
// batches.
var (
	streamID = regexp.MustCompile(`^\d{1,20}-\d{1,20}$`)
	batchID  = regexp.MustCompile(`^\d{8}-[a-z0-9]+$`)
)

// checkID returns an error if an ID does not have the form. The hint says where IDs
// are shown.
func checkID(id string, form *regexp.Regexp, hint Hint) error {
	if form.MatchString(id) {
		return nil
	}
	return Errorf(Invalid, "id", "%q is not an ID", id).hint(hint, "")
}
