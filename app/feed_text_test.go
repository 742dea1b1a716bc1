package app

import (
	"bufio"
	"bytes"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

const (
	// canary is used as a secret in a file or on an internal server.
	canary = "hunter22canary"
	// urlSecret is a secret of the feed itself.
	urlSecret = "secret99"
)

// serveBytes answers each request with the bytes, whatever they are.
func serveBytes(tb testing.TB, answer *atomic.Pointer[[]byte]) (address string) {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_ = connection.SetDeadline(time.Now().Add(10 * time.Second))
			reader := bufio.NewReader(connection)
			for line := "-"; err == nil && strings.TrimSpace(line) != ""; {
				line, err = reader.ReadString('\n')
			}
			_, _ = connection.Write(*answer.Load())
			_ = connection.Close()
		}
	}()
	return listener.Addr().String()
}

// Ensure no text of what a feed fetches is shown anywhere but on the list: not in
// outcome, error, state, log, audit log, batch or reject. A user who can write to Redis
// can let it fetch anything that is allowed.
func TestNoTextOfAFeedIsShown(t *testing.T) {
	t.Parallel()
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	s, err := store.Open(store.Options{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	client := redis.NewClient(&redis.Options{Addr: server.Address()})
	t.Cleanup(func() { _ = client.Close() })
	files, err := filepath.Glob("../blacklist/listfile/testdata/*")
	if err != nil {
		t.Fatal(err)
	}
	var samples []string
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && !strings.HasSuffix(name, ".want") {
			samples = append(samples, string(text))
		}
	}
	samples = append(samples, "ari-password: secret\nregion: DE\n", "root:*:20228:0:99999:7:::\n", "<html></html>", "{}", "[{}]", "PK\x03\x04")
	formats := append(listfile.Formats(), listfile.Any, listfile.Any, listfile.Any)
	folder := t.TempDir()
	path := filepath.Join(folder, "list")
	var answer atomic.Pointer[[]byte]
	// The runner hides the secrets of the URL, which must not hide the canary.
	web := "http://anna:" + urlSecret + "@" + serveBytes(t, &answer) + "/list?key=" + urlSecret
	spoil := func(t *rapid.T, text string) string {
		for range rapid.IntRange(1, 3).Draw(t, "spoilt") {
			from := rapid.IntRange(0, len(text)).Draw(t, "from")
			to := rapid.IntRange(from, min(len(text), from+20)).Draw(t, "to")
			text = text[:from] + canary + text[to:]
		}
		return text
	}
	rapid.Check(t, func(t *rapid.T) {
		if err := client.FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		body := rapid.SampledFrom(samples).Draw(t, "sample")
		f := feed.Feed{Name: "x", Every: time.Hour, MaxSize: 1 << 20, Rows: feed.Rows{
			Kind: blacklist.Block, Format: rapid.SampledFrom(formats).Draw(t, "format"), Region: "DE",
		}}
		switch rapid.SampledFrom([]string{"file", "body", "head", "tag", "all"}).Draw(t, "place") {
		case "file":
			f.URL = "file://" + path
			if err := os.WriteFile(path, []byte(spoil(t, body)), 0o600); err != nil {
				t.Fatal(err)
			}
		case "body":
			f.URL, body = web, spoil(t, body)
			text := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
			answer.Store(&text)
		case "head":
			f.URL = web
			head := fmt.Sprintf("HTTP/1.1 %s OK\r\nServer: a\r\nContent-Length: %d\r\nContent-Type: %s\r\nContent-Encoding: %s\r\nETag: \"tag\"\r\n"+
				"Last-Modified: Sun, 01 Mar 2026 12:00:00 GMT\r\nRetry-After: 60\r\nLocation: %s\r\nTransfer-Encoding: %s\r\n\r\n",
				rapid.SampledFrom([]string{"200", "301", "304", "401", "404", "429", "500"}).Draw(t, "status"), len(body),
				rapid.SampledFrom([]string{"text/csv", "text/html"}).Draw(t, "type"), rapid.SampledFrom([]string{"", "gzip", "br"}).Draw(t, "encoding"),
				rapid.SampledFrom([]string{"/x", "http://" + canary + ".invalid/", "http://127.0.0.1:1/" + canary, "ftp://" + canary + "/", "//%zz" + canary}).Draw(t, "location"),
				rapid.SampledFrom([]string{"identity", "chunked"}).Draw(t, "transfer"))
			text := []byte(spoil(t, head) + body)
			answer.Store(&text)
		case "tag":
			// It is stored after a file that is imported only.
			f.URL, f.Rows.Format, body = web, listfile.Any, "number\n+4930123456\n"
			text := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nETag: \"%s\"\r\n\r\n%s", len(body), canary, body)
			answer.Store(&text)
		default:
			f.URL = web
			text := []byte(spoil(t, "SSH-2.0-OpenSSH\r\n"+body))
			answer.Store(&text)
		}
		if err := s.PutFeed(t.Context(), f, true); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		importer := NewFeedImporter(s, "", time.Now, Watch{})
		importer.Folder = folder
		shown := []string{}
		importer.rejected = func(r Reject) error {
			// Others have the number, which is on the list or would be.
			if slices.Contains(listfile.Causes(), r.Cause) {
				shown = append(shown, fmt.Sprint(r))
			}
			return nil
		}
		runner := feed.NewRunner(feed.Config{
			Store: s, Importer: importer, Log: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: time.Now,
			Fetcher: feed.NewFetcher(feed.FetcherConfig{
				Folder: folder, Access: Access{Folders: []string{folder}, Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}},
			}),
		})
		state, err := runner.RunNow(t.Context(), "x")
		stored, getErr := client.HGetAll(t.Context(), "{ringfence}:feed:x:state").Result() // The feed itself has its URL.
		reports, listErr := (Feeds{Store: s, Now: time.Now}).List(t.Context())
		events, auditErr := s.Audit(t.Context(), audit.Filter{Action: audit.FeedRun}, 100)
		batches, batchErr := s.Batches(t.Context())
		if getErr != nil || listErr != nil || auditErr != nil || batchErr != nil || len(stored) == 0 {
			t.Fatal(getErr, listErr, auditErr, batchErr, stored)
		}
		shown = append(shown, fmt.Sprint(err), fmt.Sprintf("%+v", state), fmt.Sprint(stored), fmt.Sprintf("%+v", reports), fmt.Sprintf("%+v", events), fmt.Sprintf("%+v", batches), log.String())
		for _, text := range shown {
			if strings.Contains(text, canary) || strings.Contains(text, urlSecret) {
				t.Fatalf("a secret is in %s", text)
			}
		}
	})
}
