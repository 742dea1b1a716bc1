package store

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"

	"github.com/ringfence/ringfence/screen"
)

//go:embed settings.lua
var settingsText string

var settingsScript = newScript(settingsText)

// settingsAttempts bounds how often a change starts anew because another was faster.
const settingsAttempts = 20

// Settings returns the settings: the defaults, but for what has been changed.
func (s *Store) Settings(ctx context.Context) (settings screen.Settings, err error) {
	defer s.finish(ctx, opSettings, s.now(), &err)
	texts, err := s.client.HGetAll(ctx, s.keys.settings()).Result()
	if err != nil {
		return screen.Settings{}, err
	}
	return s.readSettings(ctx, texts), nil
}

// readSettings reads the settings that differ from their defaults. One that
// cannot be read is told and keeps its default, so that a slip of the hand in
// redis-cli doesn't hold up the rest of the policy.
func (s *Store) readSettings(ctx context.Context, texts map[string]string) screen.Settings {
	settings := screen.DefaultSettings()
	for name, text := range texts {
		if err := settings.Set(name, text, ""); err != nil {
			s.log.WarnContext(ctx, "passing over a setting that cannot be read",
				slog.String("key", s.keys.settings()), slog.Any("error", err))
		}
	}
	return settings
}

// SetSettings lets change alter the settings and writes what it altered, all
// of it or nothing. If another changes the same settings meanwhile, it begins
// anew: change may run more than once. An error of change is returned as it is.
func (s *Store) SetSettings(ctx context.Context, change func(*screen.Settings) error) (err error) {
	var refused error
	defer func() {
		if refused != nil {
			err = refused
		}
	}()
	defer s.finish(ctx, opSet, s.now(), &err)
	for range settingsAttempts {
		texts, err := s.client.HGetAll(ctx, s.keys.settings()).Result()
		if err != nil {
			return err
		}
		settings := s.readSettings(ctx, texts)
		before := settings.List()
		if refused = change(&settings); refused != nil {
			return refused
		}
		done, err := s.writeSettings(ctx, texts, settings)
		if done {
			return s.recordSettings(ctx, before, settings.List())
		}
		if err != nil {
			return err
		}
	}
	return errors.New("others keep changing the same settings: try again")
}

// writeSettings writes what differs from the texts in Redis, and reports
// whether these were still the same.
func (s *Store) writeSettings(ctx context.Context, texts map[string]string, settings screen.Settings) (bool, error) {
	defaults := screen.DefaultSettings()
	var changes []any
	for i, setting := range settings.List() {
		text := setting.Value
		if text == defaults.List()[i].Value {
			text = ""
		}
		if text != texts[setting.Name] {
			changes = append(changes, setting.Name, texts[setting.Name], text)
		}
	}
	if len(changes) == 0 {
		return true, nil
	}
	answer, err := s.write(ctx, settingsScript, append([]any{"settings"}, changes...)...)
	if err != nil {
		return false, err
	}
	done, err := integer(answer)
	return done == 1, err
}
