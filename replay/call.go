package replay

import (
	"strings"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// The names of checks in records, as package screen writes them.
const (
	checkList    = "list"
	checkPrefix  = "prefix"
	checkRepeat  = "repeat"
	checkDefault = "default"
)

// by is what has decided about a recorded call.
type by int

const (
	byNothing by = iota // the call passed
	byRate              // a rate rule
	byAllow             // an entry that allows the caller
	byBlock             // an entry that blocks exactly this caller
)

// call is what a record says.
type call struct {
	repeat.Call
	by by
	// rule is that of the entry, if there is one.
	rule blacklist.Rule
	// refused says that the caller was refused, lists that a rule may have put
	// the caller on the list: it does so even if the call ends before that is
	// known.
	refused, lists bool
}

// readCall returns what a record says; false means that the call counts in no
// way: that of a caller without a number, or one that something else decided.
func readCall(record calllog.Record) (call, bool) {
	caller, err := phone.ParseNumber(record.Caller)
	if err != nil || !caller.Known() {
		return call{}, false
	}
	// What is no number is not known.
	dialled, _ := phone.ParseNumber(record.Dialled)
	c := call{
		Call:    repeat.Call{ID: record.ID, Caller: caller, Dialled: dialled, At: record.Time},
		refused: record.Verdict == calllog.Refused,
	}
	switch record.Check {
	case checkDefault:
		return c, true
	case checkRepeat:
		c.by, c.lists = byRate, record.Verdict != calllog.Observed
		return c, true
	case checkList, checkPrefix:
	default:
		return call{}, false
	}
	entry, err := blacklist.ParseEntry(record.Rule)
	c.rule = entry.Rule
	switch {
	case err != nil:
		return call{}, false
	case entry.Kind == blacklist.Allow:
		c.by = byAllow
	case record.Check == checkList:
		c.by = byBlock
	default:
		return call{}, false
	}
	return c, true
}

// cloned returns the call with texts of its own, to be kept for long.
func (c call) cloned() call {
	c.Caller, c.Dialled = clone(c.Caller), clone(c.Dialled)
	return c
}

func clone(number phone.Number) phone.Number {
	own, err := phone.ParseNumber(strings.Clone(number.String()))
	if err != nil {
		return number
	}
	return own
}
