package serve

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"pgregory.net/rapid"
)

// gate is a writer that takes nothing while it is shut.
type gate struct {
	shut    chan struct{}
	written bytes.Buffer
	writes  int
}

func (g *gate) Write(text []byte) (int, error) {
	<-g.shut
	g.writes++
	return g.written.Write(text)
}

// Ensure an output that takes no lines holds nobody up, and that the lines that
// it misses are counted and reported.
func TestLogQueue_NobodyReads(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &gate{shut: make(chan struct{})}
		q := newLogQueue(out, time.Now)
		q.onDropped = func(lines int) { fmt.Fprintf(q, "%d lines dropped\n", lines) }
		go q.run()
		line := strings.Repeat("x", 1023) + "\n"
		const count = 3 * queuedLog / 1024
		began := time.Now()
		for range count {
			fmt.Fprint(q, line)
		}
		if took := time.Since(began); took > 0 {
			t.Errorf("the callers waited %s", took)
		}
		close(out.shut)
		time.Sleep(time.Second)
		q.close()
		kept := strings.Count(out.written.String(), line)
		dropped := int(testutil.ToFloat64(q.dropped))
		if kept == 0 || dropped == 0 || kept+dropped != count {
			t.Errorf("%d lines written and %d dropped, want %d together", kept, dropped, count)
		}
		if want := fmt.Sprintf("%d lines dropped\n", dropped); !strings.HasSuffix(out.written.String(), want) {
			t.Errorf("the log ends without %q", want)
		}
	})
}

// Ensure serve ends although nobody reads its log.
func TestLogQueue_EndsWithoutAReader(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		out := &gate{shut: make(chan struct{})}
		q := newLogQueue(out, time.Now)
		go q.run()
		fmt.Fprintln(q, "last words")
		time.Sleep(time.Second)
		began := time.Now()
		q.close()
		if took := time.Since(began); took != flushTimeout {
			t.Errorf("it ended after %s, want %s", took, flushTimeout)
		}
		close(out.shut)
	})
}

// Ensure all lines are written in their order, whenever they come, and in few
// writes.
func TestLogQueue_KeepsTheOrder(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(struct{ testing.TB }{t}, func(t *rapid.T) {
			pauses := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 50).Draw(t, "pauses in ms")
			out := &gate{shut: make(chan struct{})}
			close(out.shut)
			q := newLogQueue(out, time.Now)
			go q.run()
			var want strings.Builder
			began := time.Now()
			for i, pause := range pauses {
				fmt.Fprintln(q, i)
				fmt.Fprintln(&want, i)
				time.Sleep(time.Duration(pause) * time.Millisecond)
			}
			took := time.Since(began)
			q.close()
			if out.written.String() != want.String() {
				t.Fatalf("written %q, want %q", out.written.String(), want.String())
			}
			if most := int(took/gatherLog) + 2; out.writes > most {
				t.Errorf("%d writes in %s, want at most %d", out.writes, took, most)
			}
		})
	})
}
