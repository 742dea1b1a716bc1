package e2e_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
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
	folder := t.TempDir()
	h := openSystem(t, func(_ *lab.AsteriskOptions, service *lab.ServiceOptions) {
		service.Env = append(service.Env, "RINGFENCE_FEED_FOLDERS="+folder, "RINGFENCE_FEED_NETWORKS=127.0.0.1")
	})
	path := filepath.Join(folder, "list.csv")
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

// openFeeds starts a Ringfence without an Asterisk: feeds are fetched nevertheless.
func openFeeds(t *testing.T, redis *lab.Redis, env ...string) *system {
	t.Helper()
	service, err := lab.NewService(lab.ServiceOptions{
		Program: labtest.Ringfence(t), State: t.TempDir(), ARI: "http://127.0.0.1:1/ari", Redis: redis.URL(), Env: env,
	})
	if err != nil {
		t.Fatal(err)
	}
	h := &system{service: service, redis: redis}
	h.serve(t)
	return h
}

// smuggle writes a feed into Redis as somebody does who can write there.
func (h *system) smuggle(t *testing.T, name, url string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: h.redis.Address()})
	defer func() { _ = client.Close() }()
	if err := errors.Join(
		client.HSet(t.Context(), "{ringfence}:feed:"+name, "url", url, "every", "24h0m0s", "max_size", 1000000, "region", "DE",
			"kind", "block", "created", 1795802015, "author", "x", "revision", "R1").Err(),
		client.SAdd(t.Context(), "{ringfence}:feeds", name).Err(),
	); err != nil {
		t.Fatal(err)
	}
}

// outcome returns the outcome of a feed once it was fetched.
func (h *system) outcome(t *testing.T, name string) (outcome string) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: h.redis.Address()})
	defer func() { _ = client.Close() }()
	eventually(t, "the outcome of "+name, func() bool {
		outcome = client.HGet(t.Context(), "{ringfence}:feed:"+name+":state", "outcome").Val()
		return outcome != ""
	})
	return outcome
}

// Ensure who can write to Redis reads neither files nor internal servers by feeds, and
// no text of what may be read.
func TestFeedsInRedisReadNoSecrets(t *testing.T) {
	t.Parallel()
	const secret = "hunter22"
	folder := t.TempDir()
	allowed := filepath.Join(folder, "lists")
	if err := errors.Join(
		os.Mkdir(allowed, 0o700),
		os.WriteFile(filepath.Join(folder, "ringfence.yml"), []byte("ari-password: "+secret+"\n"), 0o600),
		os.WriteFile(filepath.Join(allowed, "notes.txt"), []byte("password "+secret+"\n"), 0o600),
		os.Symlink("../ringfence.yml", filepath.Join(allowed, "link.csv")),
	); err != nil {
		t.Fatal(err)
	}
	internal := publish(t, "SECRET-TOKEN: "+secret+"\n")
	h := openFeeds(t, labtest.NeedRedis(t, lab.RedisOptions{}), "RINGFENCE_FEED_FOLDERS="+allowed)
	for name, feed := range map[string]struct{ url, want string }{
		"file":     {"file://" + folder + "/ringfence.yml", "feeds may not read this file: to allow it, add " + folder + " to the option feed-folders, for this command and for serve"},
		"dots":     {"file://" + allowed + "/%2e%2e/ringfence.yml", "feeds may not read this file"},
		"link":     {"file://" + allowed + "/link.csv", "the file is a link that leads out of its folder in feed-folders"},
		"text":     {"file://" + allowed + "/notes.txt", "unknown format: the first line is not known"},
		"internal": {internal.URL, "the server does not have a public address: check the URL, or add its network to the option feed-networks, for this command and for serve"},
		"name":     {strings.Replace(internal.URL, "127.0.0.1", "localhost", 1), "the server does not have a public address"},
		"mapped":   {strings.Replace(internal.URL, "127.0.0.1", "[::ffff:127.0.0.1]", 1), "the server does not have a public address"},
	} {
		h.smuggle(t, name, feed.url)
		if got := h.outcome(t, name); !strings.HasPrefix(got, feed.want) {
			t.Errorf("%s: %s, want %s", name, got, feed.want)
		}
	}
	answer, err := h.service.Run(t.Context(), "feed", "run", "text")
	if err != nil || answer.Code != 1 {
		t.Errorf("feed run: %v, %+v", err, answer)
	}
	if shown := h.service.Output().String() + answer.Out + answer.Err + h.run(t, "feed list --output json") + h.run(t, "audit --output json"); strings.Contains(shown, secret) {
		t.Errorf("the secret is in\n%s", shown)
	}
	internal.mu.Lock()
	defer internal.mu.Unlock()
	if internal.asked > 0 {
		t.Errorf("the internal server was asked %d times", internal.asked)
	}
}

// Ensure servers that stall and trickle hold up neither the end of serve nor that of
// `feed run`, nor other feeds.
func TestServersThatStallHoldUpNothing(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	stalling := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		for r.URL.Path == "/trickle" && r.Context().Err() == nil {
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-time.After(100 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
		<-r.Context().Done()
	}))
	t.Cleanup(stalling.Close)
	good := publish(t, "number\n"+pest+"\n")
	h := openFeeds(t, labtest.NeedRedis(t, lab.RedisOptions{}), "RINGFENCE_FEED_NETWORKS=127.0.0.1")
	for _, name := range []string{"stall", "trickle"} {
		h.run(t, "feed add "+name+" "+stalling.URL+"/"+name)
	}
	eventually(t, "the requests of serve", func() bool { return asked.Load() == 2 })
	h.run(t, "feed add good "+good.URL)
	eventually(t, "the import of the other feed", func() bool { return h.refuses(t, pest) })
	ends(t, "serve", h.service.Process, syscall.SIGTERM)

	for name, signal := range map[string]syscall.Signal{"stall": syscall.SIGTERM, "trickle": syscall.SIGINT} {
		before := asked.Load()
		command, err := lab.Start(t.Context(), lab.Command{Path: labtest.Ringfence(t), Args: []string{"feed", "run", name}, Env: h.service.Env()})
		if err != nil {
			t.Fatal(err)
		}
		eventually(t, "the request of feed run "+name, func() bool { return asked.Load() > before })
		ends(t, "feed run "+name, command, signal)
	}
	// Nothing is left that keeps the feeds.
	h.run(t, "feed remove stall")
	h.run(t, "feed remove trickle")
}

// ends reports whether a process ends within 5 s after a signal.
func ends(t *testing.T, name string, process *lab.Process, signal syscall.Signal) {
	t.Helper()
	if err := process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	if _, err := process.Wait(ctx); err != nil {
		t.Errorf("%s: %v; it had 5 s", name, err)
		_ = process.Kill()
	}
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
	start := func() *system { return openFeeds(t, server, "RINGFENCE_FEED_NETWORKS=127.0.0.1") }
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
