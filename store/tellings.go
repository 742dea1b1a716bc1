package store

import (
	"context"
	"crypto/rand"
	_ "embed"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/notice"
)

//go:embed tell.lua
var tellText string

var tellScript = newReader(tellText)

const (
	// tellTime is how long one who tells of a listing is left alone with it.
	tellTime = 10 * time.Second
	// maxNotices is about how many notices are kept.
	maxNotices = 10_000
)

// TellListing finishes what Count began when it listed a caller: it brings the
// entry into the index, records it in the audit trail and adds it to the
// notices. It may be asked again, and by several at once: it is told once,
// unless Redis fails or a process dies in the middle of it. It returns
// notice.ErrTelling while another does it, and nil when there is nothing to tell.
func (s *Store) TellListing(ctx context.Context, rule blacklist.Rule) (err error) {
	defer s.finish(ctx, opTell, s.now(), &err)
	token := rand.Text()
	entry, untold, err := s.takeTelling(ctx, rule, token)
	if err != nil || untold == "" {
		return err
	}
	rules := []blacklist.Rule{rule}
	note, _, err := s.begin(ctx, rules, []any{rule.String()})
	if err != nil {
		return err
	}
	if _, err := s.settle(ctx, rules); err != nil {
		return err
	}
	if err := s.client.HDel(ctx, s.keys.pending(), note).Err(); err != nil {
		return err
	}
	by := audit.As(ctx, audit.By{Name: SourceRepeat, Via: audit.Rule})
	edit := blacklist.Edit{Rule: rule, After: &entry}
	if err := s.Record(by, audit.Event{Action: audit.Block, Edits: []blacklist.Edit{edit}}); err != nil {
		return err
	}
	if err := s.addNotice(ctx, newNotice(entry, untold)); err != nil {
		return err
	}
	_, err = s.runTell(ctx, rule, token, true)
	return err
}

func (s *Store) runTell(ctx context.Context, rule blacklist.Rule, token string, told bool) (any, error) {
	return s.run(ctx, tellScript, []string{s.keys.entry(rule), s.keys.telling(rule)},
		s.writer, token, tellTime.Milliseconds(), flag(told))
}

// takeTelling returns the entry of which we have to tell, and what repeat.lua
// left to be told of it; that is "" if there is nothing.
func (s *Store) takeTelling(ctx context.Context, rule blacklist.Rule, token string) (entry blacklist.Entry, untold string, err error) {
	answer, err := s.runTell(ctx, rule, token, false)
	if err != nil {
		return entry, "", err
	}
	if held, err := integer(answer); err == nil {
		if held == 1 {
			return entry, "", notice.ErrTelling
		}
		return entry, "", nil
	}
	parts, err := list(answer)
	if err != nil || len(parts) != 2 {
		return entry, "", errReply
	}
	hash, err := fields(parts[0])
	if err != nil {
		return entry, "", err
	}
	left, err := integer(parts[1])
	if err != nil {
		return entry, "", err
	}
	entry, there := s.readEntry(ctx, rule, hash, time.Duration(left)*time.Millisecond)
	if !there {
		return entry, "", nil
	}
	return entry, hash[fieldUntold], nil
}

// newNotice makes a notice of an entry and of the field "untold": the call, the
// strike and the dialled number, with spaces between them.
func newNotice(entry blacklist.Entry, untold string) notice.Notice {
	call, rest, _ := strings.Cut(untold, " ")
	strike, dialled, _ := strings.Cut(rest, " ")
	made := notice.Notice{
		Time: entry.Created, Caller: entry.Rule.Pattern.String(), Dialled: dialled,
		Reason: entry.Reason, Expires: entry.Expires, Call: call,
	}
	if entry.Rule.Scoped() {
		made.To = entry.Rule.To.String()
	}
	made.Strike, _ = strconv.Atoi(strike)
	return made
}

// addNotice adds a notice to the stream that whoever delivers them reads.
func (s *Store) addNotice(ctx context.Context, n notice.Notice) error {
	values := []any{"time", n.Time.Unix(), "caller", n.Caller, "reason", n.Reason, "strike", n.Strike, "call", n.Call}
	for _, field := range []struct{ name, value string }{
		{"to", n.To}, {"dialled", n.Dialled}, {"expires", seconds(n.Expires)},
	} {
		if field.value != "" {
			values = append(values, field.name, field.value)
		}
	}
	return s.client.XAdd(ctx, &redis.XAddArgs{Stream: s.keys.events(), MaxLen: maxNotices, Approx: true, Values: values}).Err()
}
