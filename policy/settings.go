package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/span"
)

// Mode says whether verdicts are carried out.
type Mode string

// The modes.
const (
	// Enforce carries verdicts out.
	Enforce Mode = "enforce"
	// Observe only logs verdicts: every call continues.
	Observe Mode = "observe"
)

// The values of the setting anonymous, beside the names of actions.
const (
	// AllowHidden passes them.
	AllowHidden = "allow"
	// RefuseHidden refuses them with the default action.
	RefuseHidden = "refuse"
)

// MaxMessage bounds the duration of a message to a refused caller.
const MaxMessage = 60 * time.Second

// Settings are the settings in Redis. They take effect with the next call.
type Settings struct {
	Mode Mode
	// Action refuses listed callers whose entry names no action.
	Action blacklist.Action
	// Anonymous is AllowHidden, RefuseHidden or the name of an action.
	Anonymous string
	Message   Message
	// Repeat are the rate rules, which list callers who call too often.
	Repeat repeat.Rules
	// Own are the company's own numbers, and ranges of them, which nobody should block.
	Own []phone.Pattern
	// StarExtensions are the endpoints whose telephones may use star codes.
	StarExtensions []string
	// Log bounds the log of calls.
	Log Retention
}

// Observes reports whether verdicts are only logged.
func (s *Settings) Observes() bool { return s.Mode == Observe }

// Message is the sound of the action "message".
type Message struct {
	// Sound is a media URI of ARI, such as "sound:ss-noservice".
	Sound string
	// Answer answers the call first, for carriers without early media.
	Answer bool
	// Limit is the longest time that the sound may play.
	Limit time.Duration
}

// DefaultSettings decline listed callers and pass callers without a number.
func DefaultSettings() Settings {
	return Settings{
		Mode:      Enforce,
		Action:    blacklist.Decline,
		Anonymous: AllowHidden,
		Message:   Message{Sound: "sound:ss-noservice", Limit: 10 * time.Second},
		Log:       Retention{Count: 100_000, Age: 365 * span.Day},
	}
}

// Setting is one of the Settings in text form.
type Setting struct {
	Name  string
	Value string
	// Usage says what the setting does and which values it takes.
	Usage string
}

type field struct {
	name, usage string
	get         func(*Settings) string
	set         func(*Settings, string, phone.Region) error
}

// fields returns every setting. The table in docs/settings.md is generated from it.
func fields() []field {
	return []field{
		{
			"mode", "enforce, or observe: verdicts are only logged, every call continues",
			func(s *Settings) string { return string(s.Mode) },
			func(s *Settings, text string, _ phone.Region) error {
				return choose(&s.Mode, text, Enforce, Observe)
			},
		},
		{
			"action", "what a listed caller gets: decline, busy, reject, not-found or message",
			func(s *Settings) string { return string(s.Action) },
			func(s *Settings, text string, _ phone.Region) error {
				return choose(&s.Action, text, blacklist.Actions()...)
			},
		},
		{
			"anonymous", "callers without a readable number: allow, refuse (with the action above), or a different action",
			func(s *Settings) string { return s.Anonymous },
			func(s *Settings, text string, _ phone.Region) error {
				choices := []string{AllowHidden, RefuseHidden}
				for _, action := range blacklist.Actions() {
					choices = append(choices, string(action))
				}
				return choose(&s.Anonymous, text, choices...)
			},
		},
		{
			"repeat", "the rate rules: off, on (" + repeat.Default().String() + "), or rules separated by semicolons: each N in DURATION, then off-hours or always, per caller or per dialled, for DURATION or for good (permanently)",
			func(s *Settings) string { return s.Repeat.String() },
			func(s *Settings, text string, _ phone.Region) (err error) {
				s.Repeat, err = repeat.ParseRules(text)
				return err
			},
		},
		{
			"message-sound", "the sound of the action message, as a media URI of ARI: sound:NAME or tone:NAME",
			func(s *Settings) string { return s.Message.Sound },
			func(s *Settings, text string, _ phone.Region) error { return s.Message.setSound(text) },
		},
		{
			"message-answer", "yes answers the call before the message, no plays it as early media",
			func(s *Settings) string { return yesNo(s.Message.Answer) },
			func(s *Settings, text string, _ phone.Region) error { return parseYesNo(&s.Message.Answer, text) },
		},
		{
			"message-limit", "the longest time that a message may play, 1s to 1m",
			func(s *Settings) string { return s.Message.Limit.String() },
			func(s *Settings, text string, _ phone.Region) error { return s.Message.setLimit(text) },
		},
		{
			"own", "the company's own numbers and ranges of numbers (+493023125*), separated by commas; blocking one of them, or a prefix that covers one, needs --force",
			func(s *Settings) string { return joinPatterns(s.Own) },
			func(s *Settings, text string, region phone.Region) (err error) {
				s.Own, err = splitPatterns(text, region)
				return err
			},
		},
		{
			"star-extensions", "the telephones that may block their last caller by a star code: names of PJSIP endpoints, separated by commas",
			func(s *Settings) string { return strings.Join(s.StarExtensions, ",") },
			func(s *Settings, text string, _ phone.Region) (err error) {
				s.StarExtensions, err = splitEndpoints(text)
				return err
			},
		},
		{
			"log-count", "how many calls the log keeps, 1000 to 10000000; about 400 bytes each in Redis",
			func(s *Settings) string { return strconv.FormatInt(s.Log.Count, 10) },
			func(s *Settings, text string, _ phone.Region) error { return s.Log.setCount(text) },
		},
		{
			"log-age", "how long the log keeps a call, such as 90d, at least 1m; 0 for no limit",
			func(s *Settings) string { return s.Log.age() },
			func(s *Settings, text string, _ phone.Region) error { return s.Log.setAge(text) },
		},
	}
}

// List returns all settings as texts, in the order in which they are shown.
func (s *Settings) List() []Setting {
	list := make([]Setting, 0, len(fields()))
	for _, f := range fields() {
		list = append(list, Setting{Name: f.name, Value: f.get(s), Usage: f.usage})
	}
	return list
}

// Get returns the named setting as text.
func (s *Settings) Get(name string) (string, error) {
	for _, f := range fields() {
		if f.name == name {
			return f.get(s), nil
		}
	}
	return "", unknownSetting(name)
}

// Set changes the named setting to the value in the text. Numbers are read in
// the region's national spelling.
func (s *Settings) Set(name, text string, region phone.Region) error {
	for _, f := range fields() {
		if f.name == name {
			if err := f.set(s, text, region); err != nil {
				return fmt.Errorf("setting %s: %w", name, err)
			}
			return nil
		}
	}
	return unknownSetting(name)
}

func unknownSetting(name string) error {
	var known []string
	for _, f := range fields() {
		known = append(known, f.name)
	}
	return fmt.Errorf("unknown setting %q: choose one of %s", name, strings.Join(known, ", "))
}

func choose[T ~string](into *T, text string, choices ...T) error {
	if !slices.Contains(choices, T(text)) {
		known := make([]string, len(choices))
		for i, choice := range choices {
			known[i] = string(choice)
		}
		return fmt.Errorf("invalid value %q: choose %s", text, strings.Join(known, ", "))
	}
	*into = T(text)
	return nil
}

func yesNo(value bool) string {
	if value {
		return "yes"
	}
	return "no"
}

func parseYesNo(into *bool, text string) error {
	var answer string
	if err := choose(&answer, text, "yes", "no"); err != nil {
		return err
	}
	*into = answer == "yes"
	return nil
}

// soundName is a file below Asterisk's sounds folder. Asterisk would also play any
// other file that it may read, and fetch an http address.
var soundName = regexp.MustCompile(`^[\w-][\w.-]*(/[\w-][\w.-]*)*$`)

func (m *Message) setSound(text string) error {
	scheme, name, found := strings.Cut(text, ":")
	if !found || name == "" || scheme != "tone" && (scheme != "sound" || !soundName.MatchString(name)) {
		return fmt.Errorf("invalid sound %s: use sound:NAME, where NAME is a file below Asterisk's sounds folder without its extension, or tone:NAME",
			strconv.Quote(text))
	}
	m.Sound = text
	return nil
}

func (m *Message) setLimit(text string) error {
	limit, err := time.ParseDuration(text)
	if err != nil {
		limit, err = span.Parse(text)
	}
	if err != nil || limit < time.Second || limit > MaxMessage {
		return fmt.Errorf("invalid time %q: use 1s to %s, for example 10s", text, MaxMessage)
	}
	m.Limit = limit
	return nil
}

func joinPatterns(patterns []phone.Pattern) string {
	texts := make([]string, len(patterns))
	for i, pattern := range patterns {
		texts[i] = pattern.String()
	}
	return strings.Join(texts, ",")
}

func splitPatterns(text string, region phone.Region) ([]phone.Pattern, error) {
	var patterns []phone.Pattern
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		pattern, err := region.Dialled(part)
		if err != nil {
			return nil, err
		}
		patterns = append(patterns, pattern)
	}
	return patterns, nil
}
