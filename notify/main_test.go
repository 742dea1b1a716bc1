package notify_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/notify"
)

func TestMain(m *testing.M) {
	// go-redis keeps a clock of its own, for as long as the program runs.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startGlobalTimeCache.func1"))
}

// day is when the sample was listed.
var day = time.Date(2026, 3, 1, 18, 5, 0, 0, time.UTC)

func sample() notify.Event {
	return notify.Event{
		ID: "1772388300000-0", Kind: notify.Listed, Time: day, Caller: "+4930666200", Dialled: "+49302312", Reason: "5 calls in 5 minutes",
		Expires: day.Add(24 * time.Hour), Strike: 1, Call: "1772388300.7",
	}
}

func delivery(events ...notify.Event) notify.Delivery {
	return notify.Delivery{Version: notify.Version, Events: events}
}

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logbook) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logbook) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (b *logbook) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(b, &slog.HandlerOptions{Level: slog.LevelDebug}))
}
