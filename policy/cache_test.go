package policy_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
)

// store is a store that holds one policy, and may fail or be slow.
type store struct {
	policy policy.Policy
	fail   func(ctx context.Context) error
	loaded atomic.Int32
}

func (*store) Now() time.Time { return time.Now() }

func (s *store) Policy(ctx context.Context) (policy.Policy, error) {
	s.loaded.Add(1)
	if s.fail != nil {
		if err := s.fail(ctx); err != nil {
			return policy.Policy{}, err
		}
	}
	return s.policy, nil
}

func (s *store) PolicyVersion(ctx context.Context) (string, error) {
	if s.fail != nil {
		if err := s.fail(ctx); err != nil {
			return "", err
		}
	}
	return s.policy.Version, nil
}

// Ensure a restart without the store has the rules and settings of before.
func TestCache_SavesThePolicy(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "deep", "policy.json")
	settings := policy.DefaultSettings()
	for name, value := range map[string]string{"anonymous": "busy", "own": "+4930888100,+493023125*", "message-limit": "7s"} {
		if err := settings.Set(name, value, ""); err != nil {
			t.Fatal(err)
		}
	}
	times, problems := schedule.Read(
		map[string]string{schedule.Default: "mon-fri 09:00-18:00; zone Europe/Berlin", "100": "24/7; zone UTC; calendar https://example.org/a", "+493023125*": "closed; zone UTC"},
		map[string]string{"https://example.org/a": "2026-12-24..2026-12-26 Off\n"})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	known := policy.Policy{
		Version: "7", Settings: settings, Schedule: times,
		Rules: blacklist.NewRules([]blacklist.Entry{
			{Kind: blacklist.Block, Rule: rule(t, "+4930*"), Action: blacklist.Reject},
			{Kind: blacklist.Allow, Rule: rule(t, "+4930123456:to:100")},
			{Kind: blacklist.Allow, Rule: rule(t, "+4930*:to:+493023125*")},
			{Kind: blacklist.Block, Rule: rule(t, "+44*"), Expires: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)},
		}),
	}
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		first := policy.NewCache(&store{policy: known}, file, log)
		running.Go(func() { first.Run(ctx, time.Second) })
		synctest.Wait()
		cancel()
		running.Wait()

		second := policy.NewCache(&store{}, file, log).Current()
		if second.Version == known.Version {
			t.Error("the saved policy must not pass as the store's current one")
		}
		if diff := cmp.Diff(known.Settings.List(), second.Settings.List()); diff != "" {
			t.Errorf("settings (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(ruleTexts(known), ruleTexts(second)); diff != "" {
			t.Errorf("rules (-want +got):\n%s", diff)
		}
		if !second.Schedule.Equal(times) {
			t.Error("the working time is not remembered")
		}
	})
}

func rule(tb testing.TB, text string) blacklist.Rule {
	tb.Helper()
	rule, err := blacklist.ParseRule(text)
	if err != nil {
		tb.Fatal(err)
	}
	return rule
}

func ruleTexts(held policy.Policy) []string {
	var texts []string
	for _, e := range held.Rules.Entries() {
		texts = append(texts, e.String()+" "+string(e.Action)+" "+e.Expires.String())
	}
	return texts
}

// Ensure a part of the file that cannot be read costs that part, and that the log
// names it.
func TestNewCache_LeavesOutWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const (
		settings = `"mode": "observe", "anonymous": "busy"`
		rule     = `{"number": "+4420*", "kind": "block"}`
		hours    = `"100": "24/7; zone UTC"`
	)
	file := func(settings, rules, hours string) string {
		return `{"settings": {` + settings + `}, "rules": [` + rules + `], "hours": {` + hours + `}, "calendars": {}}`
	}
	for name, test := range map[string]struct{ text, logged string }{
		"all of it":              {file(settings, rule, hours), ""},
		"an unknown part":        {`{"colours": [1], ` + file(settings, rule, hours)[1:], ""},
		"an unknown setting":     {file(settings+`, "colour": "red"`, rule, hours), "colour"},
		"an unreadable setting":  {file(settings+`, "own": "x"`, rule, hours), "own"},
		"a setting of no text":   {file(settings+`, "repeat": 7`, rule, hours), "repeat"},
		"a setting that is null": {file(settings+`, "repeat": null`, rule, hours), "repeat"},
		"an unreadable hour":     {file(settings, rule, hours+`, "200": "whenever"`), "200"},
		"an hour of no text":     {file(settings, rule, hours+`, "200": []`), "200"},
		"an unreadable rule":     {file(settings, `{"number": "+49 30", "kind": "block"}, `+rule, hours), "+49 30"},
		"a rule of no kind":      {file(settings, rule+`, {"number": "+4930*"}`, hours), "rule 2"},
		"a rule of another kind": {file(settings, rule+`, {"number": "+4930*", "kind": "shoo"}`, hours), "rule 2"},
		"a calendar of no text":  {strings.Replace(file(settings, rule, hours), `"calendars": {`, `"calendars": {"https://example.org/secret": 7`, 1), "calendars: a part is not a text"},
		"a rule of no end":       {file(settings, rule+`, {"number": "+4930*", "kind": "block", "expires": "soon"}`, hours), "rule 2"},
		"an unknown action":      {file(settings, `{"number": "+4420*", "kind": "block", "action": "explode"}`, hours), "explode"},
		"a rule of no object":    {file(settings, rule+`, 7, null`, hours), "rule 3"},
		"no texts at all":        {strings.Replace(file(settings, rule, hours), `"calendars": {}`, `"calendars": "https://example.org/secret"`, 1), "calendars is not an object of texts"},
	} {
		saved := filepath.Join(t.TempDir(), "policy.json")
		if err := os.WriteFile(saved, []byte(test.text), 0o600); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		held := policy.NewCache(&store{}, saved, slog.New(slog.NewTextHandler(&log, nil))).Current()
		if held.Settings.Mode != policy.Observe || held.Settings.Anonymous != "busy" {
			t.Errorf("%s: settings %+v", name, held.Settings)
		}
		if texts := ruleTexts(held); len(texts) != 1 || !strings.HasPrefix(texts[0], "block +4420*") {
			t.Errorf("%s: rules %q", name, texts)
		}
		if texts, _ := held.Schedule.Texts(); len(texts) != 1 || texts["100"] == "" {
			t.Errorf("%s: hours %q", name, texts)
		}
		if text := log.String(); !strings.Contains(text, test.logged) || strings.Contains(text, "secret") || (text == "") != (test.logged == "") {
			t.Errorf("%s: the log says %q, want %q", name, text, test.logged)
		}
	}
}

// logged is a log that is read while it is written.
type logged struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Ensure a policy that could not be written is written later, and that the log says
// both, once.
func TestCache_SavesAgain(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "state")
	if err := os.WriteFile(folder, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "policy.json")
	synctest.Test(t, func(t *testing.T) {
		var log logged
		cache := policy.NewCache(&store{policy: policy.Policy{Version: "7"}}, file, slog.New(slog.NewTextHandler(&log, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { cache.Run(ctx, time.Second) })
		time.Sleep(5*time.Second + time.Millisecond)
		synctest.Wait()
		if text := log.String(); strings.Count(text, "cannot be saved") != 1 {
			t.Errorf("the log says\n%s", text)
		}
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if _, err := os.Stat(file); err != nil || strings.Count(log.String(), "is saved again") != 1 {
			t.Errorf("%v; the log says\n%s", err, log.String())
		}
		cancel()
		running.Wait()
	})
}

func TestNewCache_StartsWithDefaultsIfTheFileIsBroken(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"half written": `{"version": 3, "settings": {"mode"`,
		"empty":        "",
		"another type": `[]`,
	} {
		file := filepath.Join(t.TempDir(), "policy.json")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var log strings.Builder
		held := policy.NewCache(&store{}, file, slog.New(slog.NewTextHandler(&log, nil))).Current()
		if !strings.Contains(log.String(), "the defaults apply") {
			t.Errorf("%s: the log says %q", name, log.String())
		}
		defaults := policy.DefaultSettings()
		if diff := cmp.Diff(defaults.List(), held.Settings.List()); diff != "" || held.Rules.Len() != 0 {
			t.Errorf("%s: %d rules, settings (-want +got):\n%s", name, held.Rules.Len(), diff)
		}
	}
}

// Ensure a call that learns of a change while a load is under way, which began
// before it, is not decided by what that load brings.
func TestCache_At_DoesNotTrustALoadThatBeganBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		versions := make(chan string)
		cache := policy.NewCache(loader(func() policy.Policy {
			version := <-versions
			return policy.Policy{Version: version}
		}), "", slog.New(slog.DiscardHandler))
		var callers sync.WaitGroup
		callers.Go(func() { _, _ = cache.At(t.Context(), "1") })
		synctest.Wait()
		callers.Go(func() {
			if held, err := cache.At(t.Context(), "2"); err != nil || held.Version != "2" {
				t.Errorf("At = version %s, %v, want 2", held.Version, err)
			}
		})
		synctest.Wait()
		versions <- "1"
		synctest.Wait()
		versions <- "2"
		callers.Wait()
	})
}

// loader makes policies.
type loader func() policy.Policy

func (loader) Now() time.Time { return time.Now() }

func (l loader) Policy(context.Context) (policy.Policy, error) { return l(), nil }

func (l loader) PolicyVersion(context.Context) (string, error) { return l().Version, nil }

// changing is a policy that nothing but its version tells.
type changing struct{ version, loads atomic.Int64 }

func (c *changing) text() string { return strconv.FormatInt(c.version.Load(), 10) }

func (*changing) Now() time.Time { return time.Now() }

func (c *changing) Policy(context.Context) (policy.Policy, error) {
	c.loads.Add(1)
	return policy.Policy{Version: c.text()}, nil
}

func (c *changing) PolicyVersion(context.Context) (string, error) { return c.text(), nil }

// Ensure a policy that stays the same is not read again and again: with many
// prefixes it is long.
func TestCache_Run_LoadsWhatIsNew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		from := &changing{}
		from.version.Store(2)
		cache := policy.NewCache(from, "", slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { cache.Run(ctx, time.Second) })
		time.Sleep(10*time.Second + time.Millisecond)
		if loaded := from.loads.Load(); loaded != 1 || cache.Current().Version != "2" {
			t.Errorf("loaded %d times, version %s", loaded, cache.Current().Version)
		}
		from.version.Store(3)
		time.Sleep(time.Second)
		if loaded := from.loads.Load(); loaded != 2 || cache.Current().Version != "3" {
			t.Errorf("after a change: loaded %d times, version %s", loaded, cache.Current().Version)
		}
		cancel()
		running.Wait()
	})
}

// Ensure a load that hangs keeps a caller no longer than its deadline, and
// that the load is made once for all of them.
func TestCache_At_KeepsTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		slow := &store{
			policy: policy.Policy{Version: "2"},
			fail:   func(context.Context) error { time.Sleep(3 * time.Second); return nil },
		}
		cache := policy.NewCache(slow, "", slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var callers sync.WaitGroup
		for range 20 {
			callers.Go(func() {
				if held, err := cache.At(ctx, "2"); !errors.Is(err, context.DeadlineExceeded) || held.Version == "2" {
					t.Errorf("At = version %s, %v", held.Version, err)
				}
			})
		}
		callers.Wait()
		time.Sleep(3 * time.Second)
		if slow.loaded.Load() != 1 || cache.Current().Version != "2" {
			t.Errorf("loaded %d times, version %s", slow.loaded.Load(), cache.Current().Version)
		}
	})
}

// Ensure a policy that a call has loaded is saved at once, and that nothing is
// unsaved when serve ends.
func TestCache_SavesAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "policy.json")
		data := &store{policy: policy.Policy{Version: "1-a", Settings: policy.DefaultSettings()}}
		cache := policy.NewCache(data, file, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { cache.Run(ctx, time.Hour) })
		synctest.Wait()
		saved := func() int {
			return policy.NewCache(&store{}, file, slog.New(slog.DiscardHandler)).Current().Rules.Len()
		}
		changed := data.policy
		changed.Version, changed.Rules = "2-a", blacklist.NewRules([]blacklist.Entry{{Kind: blacklist.Block, Rule: rule(t, "+4420*"), Action: blacklist.Decline}})
		data.policy = changed
		if _, err := cache.At(t.Context(), "2-a"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := saved(); got != 1 {
			t.Errorf("after a call, %d rules are saved, want 1", got)
		}
		removed := data.policy
		removed.Version, removed.Rules = "3-a", blacklist.NewRules(nil)
		data.policy = removed
		if _, err := cache.At(t.Context(), "3-a"); err != nil {
			t.Fatal(err)
		}
		cancel()
		running.Wait()
		if got := saved(); got != 0 {
			t.Errorf("after the end, %d rules are saved, want none", got)
		}
	})
}
