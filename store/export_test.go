package store

import "github.com/redis/go-redis/v9"

// KeepAtMost sets how many positions a search sorts in memory.
func (s *Store) KeepAtMost(n int) { s.mostKept = n }

// AddHook adds a hook that sees what is sent to Redis.
func (s *Store) AddHook(hook redis.Hook) { s.client.AddHook(hook) }

// KeyTypes returns the types of the keys that an installation has once, by their
// names after the prefix.
func KeyTypes() map[string]string { return keys{}.types() }
