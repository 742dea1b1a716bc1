package listfile_test

import (
	"fmt"
	"strconv"
	"time"

	"github.com/ringfence/ringfence/blacklist/listfile"
)

// rowText is a row in one line, as the tests want it.
func rowText(row listfile.Row) string {
	text := strconv.FormatInt(row.Line, 10) + ": "
	switch {
	case row.Problem != nil:
		return text + string(row.Problem.Cause) + " [" + row.Problem.Detail + "] " + row.Problem.Text
	case row.Remove:
		return text + "remove " + row.Entry.Rule.String()
	}
	text += row.Entry.String()
	if row.Entry.Action != "" {
		text += ", " + string(row.Entry.Action)
	}
	if row.Reports != 1 {
		text += fmt.Sprintf(" (%d)", row.Reports)
	}
	if at := row.Entry.Expires; !at.IsZero() {
		text += " until " + at.Format(time.RFC3339)
	}
	if row.Entry.Reason != "" {
		text += ": " + row.Entry.Reason
	}
	return text
}
