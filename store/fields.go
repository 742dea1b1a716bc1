package store

import (
	"context"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
)

var fieldsScript = newScript("fields.lua")

// fieldsAttempts bounds how often a change starts anew because of others.
const fieldsAttempts = 20

// The hashes whose fields people change, in addition to feed:NAME.
const (
	ofSettings = "settings"
	ofHours    = "hours"
	ofFeed     = "feed:"
)

// hashes reads hashes in one round trip.
func (s *Store) hashes(ctx context.Context, names ...string) ([]map[string]string, error) {
	asked := make([]*redis.MapStringStringCmd, len(names))
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, name := range names {
			asked[i] = pipe.HGetAll(ctx, name)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	hashes := make([]map[string]string, len(names))
	for i := range asked {
		hashes[i] = asked[i].Val()
	}
	return hashes, nil
}

// changeFields lets change say what it makes of the texts of a hash, and writes
// that together with an event of the audit log. If others change the same
// texts meanwhile, it begins anew. An error of change is returned as it is.
func (s *Store) changeFields(ctx context.Context, what op, of string, change fieldsChange) (err error) {
	var refused error
	defer func() {
		if refused != nil {
			err = refused
		}
	}()
	defer s.finish(ctx, what, s.now(), &err)
	return s.alterFields(ctx, of, func(texts map[string]string) (changes []audit.Setting, event audit.Event, err error) {
		changes, event, refused = change(texts)
		return changes, event, refused
	})
}

// fieldsChange returns changes of the texts of a hash, and the event for the audit
// log.
type fieldsChange func(texts map[string]string) ([]audit.Setting, audit.Event, error)

func (s *Store) alterFields(ctx context.Context, of string, change fieldsChange) error {
	for range fieldsAttempts {
		texts, err := s.client.HGetAll(ctx, s.keys.prefix+of).Result()
		if err != nil {
			return err
		}
		changes, event, err := change(texts)
		if err != nil || len(changes) == 0 {
			return err
		}
		if id, err := s.swapFields(ctx, of, changes, event); id != "" || err != nil {
			return err
		}
	}
	return errors.New("others keep changing this: try again")
}

// swapFields changes fields of a hash if they still are what they were, records
// that, and returns the ID of the event, "" if they are something else.
func (s *Store) swapFields(ctx context.Context, of string, changes []audit.Setting, event audit.Event) (id string, err error) {
	// The event holds the texts as they are in Redis, secrets included: what
	// undoes it needs them.
	event.Of, event.Settings = of, changes
	values, err := eventValues(ctx, event)
	if err != nil {
		return "", err
	}
	args := append([]any{of, len(values)}, values...)
	for _, change := range changes {
		args = append(args, change.Name, change.Before, change.After)
	}
	return s.write(ctx, fieldsScript, args...).Text()
}

// shown returns an event as it may be shown: without secrets.
func shown(event audit.Event) audit.Event {
	event.Settings = shownFields(event.Of, event.Settings)
	return event
}

// masked is shown in place of a secret.
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
		defaults := policy.DefaultSettings()
		for _, setting := range defaults.List() {
			if setting.Name == name {
				return setting.Value
			}
		}
	case text == "":
	case of == ofHours:
		hours, err := schedule.Parse(text, nil)
		if err != nil {
			return "(cannot be read)"
		}
		return hours.Shown(feed.ShownAddress)
	case name == "url":
		return feed.ShownAddress(text)
	case strings.HasPrefix(name, headerField):
		return masked
	}
	return text
}
