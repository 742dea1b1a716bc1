package calllog

import (
	"strings"
	"time"
)

// Filter chooses records; its zero value chooses all.
type Filter struct {
	// Caller is the caller as in records, or a PREFIX*.
	Caller string
	// Dialled is the dialled number in canonical form, or a range such as +493023125*.
	Dialled string
	Verdict Verdict
	// Check is the name of the check that decided.
	Check string
	// Rule is the pattern of the entry that decided, such as "+4420*", of any kind
	// and for any dialled number.
	Rule  string
	Hours Hours
	// Since and Until bound the time of the call; Until is exclusive.
	Since, Until time.Time
	// Before is the ID of a record: only records written before it are chosen. The
	// store looks at it, Matches does not.
	Before string
}

// Matches reports whether the filter chooses the record.
func (f Filter) Matches(r Record) bool {
	return (f.Caller == "" || hasNumber(f.Caller, r.Caller)) &&
		(f.Dialled == "" || hasNumber(f.Dialled, r.Dialled)) &&
		(f.Verdict == "" || f.Verdict == r.Verdict) &&
		(f.Check == "" || f.Check == r.Check) &&
		(f.Rule == "" || f.Rule == RulePattern(r.Rule)) &&
		(f.Hours == "" || f.Hours == r.Hours) &&
		(f.Since.IsZero() || !r.Time.Before(f.Since)) &&
		(f.Until.IsZero() || r.Time.Before(f.Until))
}

// hasNumber reports whether a pattern matches a number of a record.
func hasNumber(pattern, number string) bool {
	if beginning, prefix := strings.CutSuffix(pattern, "*"); prefix {
		return strings.HasPrefix(number, beginning)
	}
	return number == pattern
}

// RulePattern returns the pattern of the rule of a record: "+4420*" for "block +4420*
// for calls to +4930888".
func RulePattern(rule string) string {
	_, pattern, _ := strings.Cut(rule, " ")
	pattern, _, _ = strings.Cut(pattern, " ")
	return pattern
}
