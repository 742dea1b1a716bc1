package store

import (
	"context"
	_ "embed"
	"log/slog"
	"slices"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/screen"
)

//go:embed policy.lua
var policyText string

var policyScript = newScript(policyText)

const (
	// maxCovered bounds how many allowed numbers a policy takes along: whoever
	// blocks a whole country and allows more, has them only while Redis answers.
	maxCovered = 10_000
	// pageSize is how many entries are read at a time.
	pageSize = 500
)

// Policy reads the whole policy, as it was at one moment: settings, prefixes,
// and those allowed numbers, 10,000 at the most, that a blocked prefix covers.
// The latter lie elsewhere and are read after that moment; they count only
// while Redis is out of reach.
func (s *Store) Policy(ctx context.Context) (policy screen.Policy, err error) {
	defer s.finish(ctx, opPolicy, s.now(), &err)
	answer, err := s.run(ctx, policyScript,
		[]string{s.keys.version(), s.keys.settings(), s.keys.prefixes(), s.keys.allowed()},
		s.keys.policyEntry(), maxCovered)
	if err != nil {
		return screen.Policy{}, err
	}
	parts, err := list(answer)
	if err != nil || len(parts) != 4 {
		return screen.Policy{}, errReply
	}
	version, _ := parts[0].(string)
	if policy.Version, err = readVersion(version); err != nil {
		return screen.Policy{}, err
	}
	texts, err := fields(parts[1])
	if err != nil {
		return screen.Policy{}, err
	}
	policy.Settings = s.readSettings(ctx, texts)
	entries, err := s.readPrefixes(ctx, parts[2])
	if err != nil {
		return screen.Policy{}, err
	}
	covered, err := s.readCovered(ctx, parts[3])
	if err != nil {
		return screen.Policy{}, err
	}
	policy.Rules = blacklist.NewRules(append(entries, covered...))
	return policy, nil
}

func (s *Store) readPrefixes(ctx context.Context, answer any) ([]blacklist.Entry, error) {
	items, err := list(answer)
	if err != nil {
		return nil, err
	}
	entries := make([]blacklist.Entry, 0, len(items))
	for _, item := range items {
		parts, err := list(item)
		if err != nil || len(parts) != 3 {
			return nil, errReply
		}
		rule, ok := s.readRule(ctx, parts[0])
		if !ok {
			continue
		}
		entry, found, err := s.readAnswer(ctx, rule, parts[1], parts[2])
		if err != nil {
			return nil, err
		}
		if found {
			entries = append(entries, entry)
		}
	}
	return entries, nil
}

// readCovered reads the entries of allowed numbers. The list of them may be
// behind: an entry that has gone, or blocks now, is passed over.
func (s *Store) readCovered(ctx context.Context, answer any) ([]blacklist.Entry, error) {
	items, err := list(answer)
	if err != nil {
		return nil, err
	}
	var rules []blacklist.Rule
	for _, item := range items {
		if rule, ok := s.readRule(ctx, item); ok {
			rules = append(rules, rule)
		}
	}
	var allowed []blacklist.Entry
	for page := range slices.Chunk(rules, pageSize) {
		entries, err := s.fetch(ctx, page)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if entry.Kind == blacklist.Allow {
				allowed = append(allowed, entry)
			}
		}
	}
	return allowed, nil
}

// readRule reads a rule that one of the lists names.
func (s *Store) readRule(ctx context.Context, answer any) (blacklist.Rule, bool) {
	text, _ := answer.(string)
	rule, err := blacklist.ParseRule(text)
	if err != nil {
		s.log.WarnContext(ctx, "passing over a rule that cannot be read", slog.Any("error", err))
		return blacklist.Rule{}, false
	}
	return rule, true
}
