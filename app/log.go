package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/retry"
	"github.com/ringfence/ringfence/screen"
)

// LogStore stores the records of calls.
type LogStore interface {
	Call(ctx context.Context, id string) (calllog.Record, error)
	// Calls returns records, the newest first.
	Calls(ctx context.Context, filter calllog.Filter, limit int) ([]calllog.Record, error)
	CountCalls(ctx context.Context, filter calllog.Filter) (int64, error)
	Follow(ctx context.Context, after string, do func(calllog.Record) error) error
}

// Log searches, shows and follows the call log.
type Log struct {
	Store LogStore
	// Region reads national spellings.
	Region phone.Region
	Now    func() time.Time
}

// CallSearch is a search of the call log as it was typed. An empty field matches
// all.
type CallSearch struct {
	// Number is the caller: a number or prefix in any spelling, withheld or
	// unreadable.
	Number, To string
	// Rule is what decided: the name of a check, or the number or prefix of an entry.
	Verdict, Rule, Hours string
	Since, Until         string
	// After is the Next of the page before.
	After string
}

// ReadSearch validates a search.
func (l Log) ReadSearch(search CallSearch) (filter calllog.Filter, err error) {
	var errs Errors
	filter.Caller, err = l.caller(search.Number)
	errs.add("number", err)
	dialled, err := ReadDialled(search.To, l.Region)
	errs.add("to", err)
	filter.Dialled = dialled.String()
	filter.Verdict, err = choose("verdict", search.Verdict, calllog.Verdicts())
	errs.add("verdict", err)
	filter.Hours, err = choose("hours", search.Hours, calllog.AllHours())
	errs.add("hours", err)
	filter.Check, filter.Rule, err = l.rule(search.Rule)
	errs.add("rule", err)
	filter.Since, filter.Until, err = ReadTimes(search.Since, search.Until, l.Now())
	errs.add("", err)
	filter.Before, err = readStreamCursor(search.After)
	errs.add("after", err)
	return filter, errs.err()
}

func (l Log) caller(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	if kind := l.Region.Caller(text); text == phone.Unreadable.String() || kind.Kind() == phone.Withheld {
		return kind.String(), nil
	}
	pattern, err := l.Region.Pattern(text)
	if err != nil {
		return "", Errorf(Invalid, "number", "%w", err)
	}
	return pattern.String(), nil
}

func (l Log) rule(text string) (check, rule string, err error) {
	if text == "" || slices.Contains(screen.CheckNames(), text) {
		return text, "", nil
	}
	// This is the form that the log shows.
	if entry, err := blacklist.ParseEntry(text); err == nil {
		return "", entry.Rule.Pattern.String(), nil
	}
	pattern, err := l.Region.Pattern(text)
	if err != nil {
		return "", "", Errorf(Invalid, "rule", "%w; or use the name of a check: %s", err, strings.Join(screen.CheckNames(), ", "))
	}
	return "", pattern.String(), nil
}

// readStreamCursor reads a cursor of calls or events: the ID of the last one on a
// page.
func readStreamCursor(text string) (string, error) {
	var milliseconds, sequence uint64
	if text == "" {
		return "", nil
	}
	if n, err := fmt.Sscanf(text, "%d-%d", &milliseconds, &sequence); n != 2 || err != nil || fmt.Sprintf("%d-%d", milliseconds, sequence) != text {
		return "", Errorf(Invalid, "after", "%q is not from a page of this list", text)
	}
	return text, nil
}

// Call returns the call with an ID.
func (l Log) Call(ctx context.Context, id string) (Call, error) {
	if err := checkID(id, streamID, HintCalls); err != nil {
		return Call{}, err
	}
	record, err := l.Store.Call(ctx, id)
	if errors.Is(err, calllog.ErrNoCall) {
		err = Errorf(NotFound, "id", "%w", err).hint(HintCalls, "")
	}
	return NewCall(record), err
}

// Page returns the calls that match the filter, the newest first, at most limit; 0
// means all.
func (l Log) Page(ctx context.Context, filter calllog.Filter, limit int) (Page[Call], error) {
	records, err := l.Store.Calls(ctx, filter, oneMore(limit))
	if err != nil {
		return Page[Call]{}, err
	}
	after := filter.Before
	filter.Before = ""
	return newPage(newCalls(records), limit, after, func(c Call) string { return c.ID }, func() (int64, error) { return l.Store.CountCalls(ctx, filter) })
}

func newCalls(records []calllog.Record) []Call {
	calls := make([]Call, len(records))
	for i, record := range records {
		calls[i] = NewCall(record)
	}
	return calls
}

const (
	// beginningOfLog is the stream ID before the first record.
	beginningOfLog = "0-0"
	// followPause is the pause before Follow retries an unreachable Redis.
	followPause = time.Second
)

// Follow calls do with the latest calls, even if there are none, and then with
// each new call until the context ends. The newest call is the last one. If Redis
// becomes unreachable, it calls lost once and retries.
func (l Log) Follow(ctx context.Context, filter calllog.Filter, limit int, do func([]Call) error, lost func(error)) error {
	// Records after this one are followed. Some of them may also be among the
	// latest below.
	newest, err := l.Store.Calls(ctx, calllog.Filter{}, 1)
	if err != nil {
		return err
	}
	after := beginningOfLog
	if len(newest) > 0 {
		after = newest[0].ID
	}
	latest, err := l.Store.Calls(ctx, filter, limit)
	if err != nil {
		return err
	}
	slices.Reverse(latest)
	if err := do(newCalls(latest)); err != nil {
		return err
	}
	shown := make(map[string]bool, len(latest))
	for _, record := range latest {
		shown[record.ID] = true
	}
	away := false
	again := retry.Policy{
		First: followPause, Longest: followPause,
		Retryable: func(err error) bool { return errors.Is(err, retry.ErrUnreachable) },
		OnRetry: func(err error, _ time.Duration) {
			if !away {
				lost(err)
			}
			away = true
		},
	}
	err = again.Do(ctx, func(ctx context.Context) error {
		return l.Store.Follow(ctx, after, func(record calllog.Record) error {
			after, away = record.ID, false
			if shown[record.ID] || !filter.Matches(record) {
				return nil
			}
			return do([]Call{NewCall(record)})
		})
	})
	if ctx.Err() != nil {
		return nil
	}
	return err
}
