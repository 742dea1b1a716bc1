package store

// KeepAtMost sets how many positions a search sorts in memory.
func (s *Store) KeepAtMost(n int) { s.mostKept = n }
