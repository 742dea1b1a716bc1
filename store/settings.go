package store

import (
	"context"
	"log/slog"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/policy"
)

// Settings returns the settings: the defaults, but for what has been changed.
func (s *Store) Settings(ctx context.Context) (settings policy.Settings, err error) {
	defer s.finish(ctx, opSettings, s.now(), &err)
	var state *redis.SliceCmd
	var texts *redis.MapStringStringCmd
	if _, err := s.client.Pipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		state, texts = s.askState(ctx, pipe), pipe.HGetAll(ctx, s.keys.settings())
		return nil
	}); err != nil {
		return policy.Settings{}, err
	}
	if _, err := s.readState(ctx, state); err != nil {
		return policy.Settings{}, err
	}
	return s.readSettings(ctx, texts.Val()), nil
}

// readSettings reads the settings that differ from their defaults. One that
// cannot be read is reported and keeps its default: what was edited in Redis
// doesn't hold up the rest of the policy.
func (s *Store) readSettings(ctx context.Context, texts map[string]string) policy.Settings {
	settings := policy.DefaultSettings()
	for name, text := range texts {
		if err := settings.Set(name, text, ""); err != nil {
			s.log.WarnContext(ctx, "cannot read a setting",
				slog.String("key", s.keys.settings()), slog.Any("error", err))
		}
	}
	return settings
}

// SetSettings lets change alter the settings and writes what it altered, all
// of it or nothing. If others change the same settings meanwhile, it begins
// anew: change may run more than once. An error of change is returned as it is.
func (s *Store) SetSettings(ctx context.Context, change func(*policy.Settings) error) error {
	return s.changeFields(ctx, opSet, ofSettings, func(texts map[string]string) (changes []audit.Setting, event audit.Event, err error) {
		settings, defaults := s.readSettings(ctx, texts), policy.DefaultSettings()
		if err := change(&settings); err != nil {
			return nil, event, err
		}
		for i, setting := range settings.List() {
			text := setting.Value
			if text == defaults.List()[i].Value {
				text = ""
			}
			if text != texts[setting.Name] {
				changes = append(changes, audit.Setting{Name: setting.Name, Before: texts[setting.Name], After: text})
			}
		}
		return changes, audit.Event{Action: audit.Settings}, nil
	})
}
