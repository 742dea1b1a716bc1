package e2e_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// published is a list on a server of its own. It counts who asks for it.
type published struct {
	*httptest.Server
	mu    sync.Mutex
	text  string
	asked int
}

func publish(t *testing.T, text string) *published {
	t.Helper()
	p := &published{text: text}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.asked++
		_, _ = io.WriteString(w, p.text)
	}))
	t.Cleanup(p.Close)
	return p
}

func (p *published) change(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.text = text
}

// due lets the time pass until a feed is due.
func (h *system) due(t *testing.T, name string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: h.redis.Address()})
	defer func() { _ = client.Close() }()
	if err := client.HSet(t.Context(), "{ringfence}:feed:"+name+":state", "due", 1).Err(); err != nil {
		t.Fatal(err)
	}
}

// refuses reports what `ringfence check` says of a call.
func (h *system) refuses(t *testing.T, caller string) bool {
	t.Helper()
	answer, err := h.service.Run(t.Context(), "check", caller)
	if err != nil || answer.Code != 0 && answer.Code != 3 {
		t.Fatalf("check %s: %v %v", caller, answer, err)
	}
	return answer.Code == 3
}

// Ensure a list that serve has subscribed to decides about the very next call,
// and that a number which leaves the list is passed again.
func TestAFeedDecidesAboutCalls(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	path := filepath.Join(t.TempDir(), "list.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	web := publish(t, "number,description\n"+prefixPest+",sells windows\n")
	write("number,description\n" + pest + ",\n+4930111111,\n+4930111112,\n")
	answered(t, h.call(t, pest))

	h.run(t, "feed add local file://"+path)
	h.run(t, "feed add web "+web.URL)
	eventually(t, "the lists are at work", func() bool { return h.refuses(t, pest) && h.refuses(t, prefixPest) })
	refused(t, h.call(t, pest), 603)
	refused(t, h.call(t, prefixPest), 603)
	if out := h.run(t, "list --source web"); !strings.Contains(out, "sells windows") {
		t.Error(out)
	}

	write("number,description\n+4930111111,\n+4930111112,\n")
	web.change("number,description\n" + prefixPest + "1,\n" + prefixPest + ",sells doors\n")
	h.due(t, "local")
	h.due(t, "web")
	eventually(t, "the change is at work", func() bool { return !h.refuses(t, pest) && h.refuses(t, prefixPest+"1") })
	answered(t, h.call(t, pest))
	refused(t, h.call(t, prefixPest), 603)

	// A truncated list changes nothing, and is reported.
	web.change("")
	h.due(t, "web")
	h.waitLog(t, "a feed was not updated: its entries stay as they are")
	refused(t, h.call(t, prefixPest), 603)
	metrics := h.metrics(t)
	for _, line := range []string{
		`ringfence_feed_rows{feed="local"} 2`, `ringfence_feed_rows{feed="web"} 2`,
		`ringfence_feed_runs_total{feed="local",result="changed"} 2`, `ringfence_feed_runs_total{feed="web",result="failed"} 1`,
	} {
		if !strings.Contains(metrics, line) {
			t.Errorf("/metrics lacks %s", line)
		}
	}
	h.run(t, "feed remove web --rows")
	answered(t, h.call(t, prefixPest))
}

// Ensure that of two instances one fetches, and that the other takes over when
// it is killed in the middle.
func TestAFeedOutlivesItsInstance(t *testing.T) {
	t.Parallel()
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	asked := make(chan struct{}, 10)
	var mu sync.Mutex
	requests := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		requests++
		first := requests == 1
		mu.Unlock()
		asked <- struct{}{}
		if first {
			<-r.Context().Done() // It is killed before it gets an answer.
			return
		}
		_, _ = io.WriteString(w, "number\n"+pest+"\n")
	}))
	t.Cleanup(web.Close)
	start := func() *system {
		// No one answers as Asterisk: feeds are fetched nevertheless.
		service, err := lab.NewService(lab.ServiceOptions{
			Program: labtest.Ringfence(t), State: t.TempDir(), ARI: "http://127.0.0.1:1/ari", Redis: server.URL(),
		})
		if err != nil {
			t.Fatal(err)
		}
		h := &system{service: service, redis: server}
		h.serve(t)
		return h
	}
	first := start()
	first.run(t, "feed add web "+web.URL)
	<-asked
	second := start()
	began := time.Now()
	if err := first.service.Kill(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-asked:
	case <-time.After(time.Minute):
		t.Fatal("the second instance never took over")
	}
	if took := time.Since(began); took > 45*time.Second {
		t.Errorf("the second instance took over after %s", took)
	}
	eventually(t, "its import", func() bool { return second.refuses(t, pest) })
	mu.Lock()
	defer mu.Unlock()
	if requests != 2 {
		t.Errorf("%d requests, want 2", requests)
	}
}
