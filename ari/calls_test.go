package ari_test

import (
	"testing"

	"github.com/ringfence/ringfence/ari"
)

// The answer to a sweep is older than the events that come while it is on its
// way. Whatever the order, a call is served once, and one that has gone is not.
func TestSweepsAndEventsInAnyOrder(t *testing.T) {
	t.Parallel()
	event, found := ari.Call{ID: "c"}, ari.Call{ID: "c", Waiting: true}
	tests := []struct {
		name      string
		steps     func(ari.Table) (served int)
		served    int
		openCalls int
	}{
		{"found before its event", func(table ari.Table) int {
			table.BeginSweep()
			table.EndSweep([]string{"c"})
			return count(table.Enter(found), table.Enter(event))
		}, 1, 1},
		{"found and continued before its event", func(table ari.Table) int {
			table.BeginSweep()
			table.EndSweep([]string{"c"})
			first := table.Enter(found)
			table.Continued("c")
			return count(first, table.Enter(event))
		}, 1, 0},
		{"found after its event", func(table ari.Table) int {
			first := table.Enter(event)
			table.BeginSweep()
			table.EndSweep([]string{"c"})
			return count(first, table.Enter(found))
		}, 1, 1},
		{"left while the answer was on its way", func(table ari.Table) int {
			first := table.Enter(event)
			table.BeginSweep()
			table.Leave("c")
			table.EndSweep([]string{"c"})
			return count(first, table.Enter(found))
		}, 1, 0},
		{"came while the answer was on its way", func(table ari.Table) int {
			table.BeginSweep()
			first := table.Enter(event)
			table.EndSweep(nil)
			return count(first)
		}, 1, 1},
		{"left unannounced", func(table ari.Table) int {
			first := table.Enter(event)
			table.BeginSweep()
			table.EndSweep(nil)
			return count(first)
		}, 1, 0},
		{"left unannounced and came again", func(table ari.Table) int {
			first := table.Enter(event)
			table.Continued("c")
			return count(first, table.Enter(event))
		}, 2, 1},
		{"left in an earlier sweep", func(table ari.Table) int {
			table.BeginSweep()
			table.Leave("c")
			table.ForgetSweep()
			return count(table.Enter(found))
		}, 1, 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			table := ari.NewTable()
			if served := test.steps(table); served != test.served || table.OpenCalls() != test.openCalls {
				t.Errorf("served %d times with %d open, want %d and %d", served, table.OpenCalls(), test.served, test.openCalls)
			}
		})
	}
}

func count(entered ...bool) (n int) {
	for _, yes := range entered {
		if yes {
			n++
		}
	}
	return n
}
