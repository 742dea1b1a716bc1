package store_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/store"
)

// trips counts round trips: a command, a pipeline or a script is one. Those that
// set up a connection are left out.
type trips struct{ made atomic.Int32 }

func (h *trips) DialHook(next redis.DialHook) redis.DialHook { return next }

func (h *trips) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		h.count(command)
		return next(ctx, command)
	}
}

func (h *trips) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		h.count(commands[0])
		return next(ctx, commands)
	}
}

func (h *trips) count(first redis.Cmder) {
	if !slices.Contains([]string{"hello", "auth", "select", "client"}, first.Name()) {
		h.made.Add(1)
	}
}

// A command of the program opens a store, lists a number and ends. That Redis
// doesn't know the script costs one round trip more, once.
func TestABlockCostsTwoRoundTrips(t *testing.T) {
	for name, start := range servers {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, start(t))
			h.put(t, block(t, "100"))
			for _, force := range []bool{false, true} {
				s := h.open(t, store.Options{})
				sent := &trips{}
				s.AddHook(sent)
				list := app.List{Store: s, Region: "DE", Now: time.Now}
				said := app.EntryInput{Kind: blacklist.Block, Reason: "silent calls", For: "7d", Author: "anna", Force: force}
				changes, err := list.Put(t.Context(), said, []blacklist.Rule{rule(t, "+4930123456")})
				if err != nil || len(changes) != 1 {
					t.Fatal(changes, err)
				}
				if made := sent.made.Load(); made < 1 || made > 2 {
					t.Errorf("force %v: %d round trips", force, made)
				}
			}
		})
	}
}
