package store_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
)

// backup returns all that an installation holds, and restore puts it back, as a backup
// of Redis does.
func (h fixture) backup(tb testing.TB) map[string]string {
	tb.Helper()
	dumped := map[string]string{}
	for _, key := range h.keys(tb, "*") {
		dumped[key] = h.redis.Dump(tb.Context(), key).Val()
	}
	return dumped
}

func (h fixture) restore(tb testing.TB, dumped map[string]string) {
	tb.Helper()
	h.clear(tb)
	for key, value := range dumped {
		if err := h.redis.Restore(tb.Context(), key, 0, value).Err(); err != nil {
			tb.Fatal(err)
		}
	}
}

// Ensure a Redis that has lost its data, or has got older ones, is not taken for the
// one that is known, even if it has seen as many changes since; and that the log says
// so, then only.
func TestALossOfDataIsNoticed(t *testing.T) {
	for _, name := range []string{"redis", "cluster", "sentinel"} {
		t.Run(name, func(t *testing.T) {
			h := newFixture(t, servers[name](t))
			var log logged
			policies := policy.NewCache(h.Store, "", log.logger())
			// next decides what the next call of a caller gets.
			next := func(caller string) (listed bool) {
				facts, err := h.Facts(t.Context(), number(t, caller), phone.Number{})
				if err != nil {
					t.Fatal(err)
				}
				current, err := policies.At(t.Context(), facts.PolicyVersion)
				if err != nil {
					t.Fatal(err)
				}
				return len(current.Rules.Match(number(t, caller), phone.Number{}, day)) > 0
			}
			warnings := func() int { return strings.Count(log.String(), "Redis has lost or replaced its data") }
			next("+33612345678")
			h.put(t, block(t, "+4420*"))
			h.put(t, block(t, "+4421*"))
			saved := h.backup(t)
			next("+33612345678")
			h.put(t, block(t, "+33612*"))
			if !next("+33612345678") || warnings() != 0 {
				t.Errorf("before the loss, the log says\n%s", log.String())
			}

			// An older state, and as many changes as were lost.
			h.restore(t, saved)
			h.put(t, block(t, "+33799*"))
			if next("+33612345678") || !next("+33799123456") {
				t.Error("decided by what was restored over")
			}
			if text := log.String(); warnings() != 1 || !strings.Contains(text, "level=WARN") ||
				!strings.Contains(text, "before.rules=3") || !strings.Contains(text, "now.rules=3") {
				t.Errorf("after the restore, the log says\n%s", text)
			}

			// Nothing at all, and then more changes than there ever were.
			h.clear(t)
			for _, prefix := range []string{"+33100*", "+33101*", "+33102*", "+33103*"} {
				h.put(t, block(t, prefix))
			}
			if next("+33799123456") || !next("+33103000000") || warnings() != 2 {
				t.Errorf("after the loss of all, the log says\n%s", log.String())
			}
			h.clear(t)
			if next("+33103000000") || warnings() != 3 || !strings.Contains(log.String(), "now.rules=0") {
				t.Errorf("empty, the log says\n%s", log.String())
			}
			// That is known now.
			h.put(t, block(t, "+33100*"))
			if next("+33103000000") || warnings() != 3 {
				t.Errorf("afterwards, the log says\n%s", log.String())
			}
			if lines := strings.Split(log.String(), "\n"); slices.ContainsFunc(lines, func(line string) bool { return strings.Contains(line, "level=ERROR") }) {
				t.Error(log.String())
			}
		})
	}
}
