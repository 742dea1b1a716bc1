package listfile

import (
	"fmt"

	"github.com/ringfence/ringfence/blacklist"
)

// Row is what a file says of one number. A line that holds several numbers
// makes as many Rows.
type Row struct {
	// Line is the line on which the row begins, the first being 1.
	Line int64
	// Entry is as much of an entry as the row tells. Its Kind is never "";
	// Source, Author, Created, Hits and the like are set by the own formats
	// only.
	Entry blacklist.Entry
	// Remove says that the number shall leave the list: only Entry.Rule counts.
	Remove bool
	// Reports is how many complaints the row stands for: the votes of a
	// PhoneBlock row, 1 for any other.
	Reports int
	// Problem is why the row can't be taken, nil if it can. Nothing else but
	// Line is set then.
	Problem *Problem
}

// Problem is what is wrong with a row.
type Problem struct {
	Cause Cause
	// Detail says it in words, and what to do about it.
	Detail string
	// Text is the row as it stands in the file, printable and cut to a decent
	// length.
	Text string
}

// Error makes a Problem an error.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return string(p.Cause)
	}
	return fmt.Sprintf("%s: %s", p.Cause, p.Detail)
}

// Cause is the kind of a Problem, short and constant so that rows can be
// counted by it.
type Cause string

// The causes.
const (
	NoNumber      Cause = "no number"
	NotANumber    Cause = "not a number"
	TooLong       Cause = "too long"
	WithheldCause Cause = "withheld caller"
	NoCountry     Cause = "country not known"
	OtherCountry  Cause = "not of this country"
	Impossible    Cause = "impossible number"
	Incomplete    Cause = "incomplete number"
	BadPattern    Cause = "pattern not supported"
	Outbound      Cause = "outbound only"
	MessagesOnly  Cause = "text messages only"
	Legitimate    Cause = "rated legitimate"
	BrokenRow     Cause = "broken row"
	BadKind       Cause = "unknown kind"
	BadAction     Cause = "unknown action"
	BadTime       Cause = "unreadable time"
	BadValue      Cause = "unreadable value"
)

// Causes returns every cause.
func Causes() []Cause {
	return []Cause{
		NoNumber, NotANumber, TooLong, WithheldCause, NoCountry, OtherCountry, Impossible, Incomplete, BadPattern,
		Outbound, MessagesOnly, Legitimate, BrokenRow, BadKind, BadAction, BadTime, BadValue,
	}
}
