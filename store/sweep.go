package store

import (
	"context"
)

var sweepScript = newScript("list.lua", "sweep.lua")

// Sweep takes entries off the list that have expired, and the records of calls
// off the log that the settings do not keep. It returns how many entries had
// expired. Every instance that screens calls does it about once a minute.
func (s *Store) Sweep(ctx context.Context) (expired int, err error) {
	defer s.finish(ctx, opSweep, s.now(), &err)
	for {
		swept, err := s.write(ctx, sweepScript, s.now().Unix(), swapSize).Int()
		if err != nil {
			return expired, err
		}
		if expired += swept; swept < swapSize {
			return expired, s.trimCalls(ctx)
		}
	}
}
