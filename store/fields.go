package store

import (
	"context"
	_ "embed"
	"errors"
	"strings"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/screen"
)

//go:embed fields.lua
var fieldsText string

var fieldsScript = newScript(fieldsText)

// fieldsAttempts bounds how often a change starts anew because of others.
const fieldsAttempts = 20

// The hashes whose fields people change, beside feed:NAME.
const (
	ofSettings = "settings"
	ofHours    = "hours"
	ofFeed     = "feed:"
)

// fieldOf is the field of an event that names the hash whose fields were
// changed. The event holds their texts as they are in Redis, secrets included:
// what undoes it needs them.
const fieldOf = "of"

// changeFields lets change say what it makes of the texts of a hash, and writes
// that together with an event of the audit trail. If others change the same
// texts meanwhile, it begins anew. An error of change is returned as it is.
func (s *Store) changeFields(
	ctx context.Context, what op, of string, change func(texts map[string]string) ([]audit.Setting, audit.Event, error),
) (err error) {
	var refused error
	defer func() {
		if refused != nil {
			err = refused
		}
	}()
	defer s.finish(ctx, what, s.now(), &err)
	for range fieldsAttempts {
		texts, err := s.client.HGetAll(ctx, s.keys.prefix+of).Result()
		if err != nil {
			return err
		}
		var changes []audit.Setting
		var event audit.Event
		if changes, event, refused = change(texts); refused != nil {
			return refused
		}
		if len(changes) == 0 {
			return nil
		}
		if id, err := s.swapFields(ctx, of, changes, event); id != "" || err != nil {
			return err
		}
	}
	return errors.New("others keep changing the same: try again")
}

// swapFields changes fields of a hash if they still are what they were, records
// that, and returns the ID of the event, "" if they are something else.
func (s *Store) swapFields(ctx context.Context, of string, changes []audit.Setting, event audit.Event) (id string, err error) {
	event.Settings = changes
	values, err := eventValues(ctx, event)
	if err != nil {
		return "", err
	}
	args := append([]any{of, len(values) + 2}, values...)
	args = append(args, fieldOf, of)
	for _, change := range changes {
		args = append(args, change.Name, change.Before, change.After)
	}
	answer, err := s.write(ctx, fieldsScript, args...)
	if err != nil {
		return "", err
	}
	id, isText := answer.(string)
	if !isText {
		return "", errReply
	}
	return id, nil
}

// masked is what stands for a secret.
const masked = "(secret)"

// shownFields returns what may be shown of changes, given the hash.
func shownFields(of string, changes []audit.Setting) (shown []audit.Setting) {
	for _, change := range changes {
		if of == ofHours || of == ofSettings || strings.HasPrefix(of, ofFeed) && change.Name != "revision" {
			shown = append(shown, audit.Setting{
				Name: change.Name, Before: shownField(of, change.Name, change.Before), After: shownField(of, change.Name, change.After),
			})
		}
	}
	return shown
}

func shownField(of, name, text string) string {
	switch {
	case of == ofSettings && text == "":
		defaults := screen.DefaultSettings()
		for _, setting := range defaults.List() {
			if setting.Name == name {
				return setting.Value
			}
		}
	case of == ofHours:
		return ShownHours(text)
	case text == "":
	case name == "url":
		return feed.Feed{URL: text}.Address()
	case strings.HasPrefix(name, headerField):
		return masked
	}
	return text
}
