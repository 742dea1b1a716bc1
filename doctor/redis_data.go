package doctor

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/store"
)

// askData reads settings, feeds and calendars. What cannot be read is not known.
func askData(ctx context.Context, s *store.Store, e *RedisEvidence) {
	held, err := s.Policy(ctx)
	if err != nil {
		return
	}
	settings := held.Settings
	e.Settings = SettingsEvidence{
		Known: true, Observes: settings.Observes(), Sound: settings.Message.Sound, DefaultSound: policy.DefaultSettings().Message.Sound,
		PlaysMessage:   settings.Action == blacklist.Message || settings.Anonymous == string(blacklist.Message),
		StarExtensions: settings.StarExtensions,
	}
	if feeds, err := s.Feeds(ctx); err == nil {
		for _, f := range feeds {
			e.Fetches = append(e.Fetches, Fetch{Kind: "feed", Name: f.Name, Failures: f.State.Failures, Outcome: f.State.Outcome})
		}
	}
	addresses := held.Schedule.Addresses()
	if len(addresses) == 0 {
		return
	}
	if states, err := s.CalendarStates(ctx, addresses); err == nil {
		for i, state := range states {
			e.Fetches = append(e.Fetches, Fetch{Kind: "calendar", Name: addresses[i], Failures: state.Failures, Outcome: state.Outcome})
		}
	}
}

// reports collects what the store logs about data that it cannot read.
type reports struct {
	mu  sync.Mutex
	all []report
}

// report is one line, and the key that it is about, "" if it names none.
type report struct{ line, key string }

func (r *reports) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

func (r *reports) Handle(_ context.Context, record slog.Record) error {
	said := report{line: record.Message}
	record.Attrs(func(a slog.Attr) bool {
		if a.Key == "key" {
			said.key = a.Value.String()
		}
		said.line += fmt.Sprintf(", %s %s", a.Key, a.Value)
		return true
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.all, said) {
		r.all = append(r.all, said)
	}
	return nil
}

func (r *reports) WithAttrs([]slog.Attr) slog.Handler { return r }
func (r *reports) WithGroup(string) slog.Handler      { return r }

// without returns the lines about other keys than the damaged ones, which have
// findings of their own.
func (r *reports) without(damages []store.DamagedKey) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var lines []string
	for _, said := range r.all {
		if !slices.ContainsFunc(damages, func(d store.DamagedKey) bool { return d.Key == said.key }) {
			lines = append(lines, said.line)
		}
	}
	return lines
}

// checkData checks the keys and what is in them.
func checkData(t Target, e RedisEvidence) []Finding {
	const check = "redis-data"
	var findings []Finding
	for _, damage := range e.Damages {
		aside := damage.Key + ".damaged"
		findings = append(findings, newFinding(check, Bad, fmt.Sprintf(
			"the key %s %s, so Ringfence cannot use it: move it out of the way, then write its data anew or restore a backup", damage.Key, damage.Holds),
			redisCLI(t.Redis, "renamenx "+shellQuoted(damage.Key)+" "+shellQuoted(aside))))
	}
	if n := len(e.Unreadable); n > 0 {
		findings = append(findings, newFinding(check, Warn, "some data in Redis cannot be read and does not count: "+
			strings.Join(e.Unreadable[:min(shownPlaces, n)], "; ")+andMore(max(0, n-shownPlaces))))
	}
	if len(findings) == 0 && e.Settings.Known {
		findings = append(findings, newFinding(check, OK, "the data in Redis can be read"))
	}
	return findings
}
