package app

import (
	"errors"
	"time"

	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/store"
)

// NewEngine returns what carries out batches on a store.
func NewEngine(s *store.Store, now func() time.Time) *batch.Engine {
	return &batch.Engine{
		List: s, Journal: s, Trail: s, Lease: s.Lease, Now: now,
		Retryable: func(err error) bool { return errors.Is(err, store.ErrUnreachable) },
	}
}
