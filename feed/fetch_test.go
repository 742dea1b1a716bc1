package feed_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ringfence/ringfence/feed"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		// go-redis keeps a clock of its own, for as long as the program runs.
		goleak.IgnoreTopFunction("github.com/redis/go-redis/v9/internal/pool.startGlobalTimeCache.func1"),
		// After many failures it dials by itself, until a second after it was closed.
		goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"),
	)
}

const list = "number\n+4930123456\n"

// subscribed returns a valid feed at an address.
func subscribed(address string) feed.Feed {
	return feed.Feed{
		Name: "nuisance", URL: address, Every: time.Hour, MaxSize: feed.DefaultMaxSize,
		Rows: feed.Rows{Kind: "block"}, Created: day,
	}
}

// allowed is what the feeds of the tests may read: servers and files of this machine.
var allowed = feed.Access{
	Folders:  []string{os.TempDir()},
	Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
}

// digest is what is stored of an ETag.
func digest(tag string) string {
	sum := sha256.Sum256([]byte(tag))
	return hex.EncodeToString(sum[:16])
}

var day = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func serve(tb testing.TB, handler http.HandlerFunc) string {
	tb.Helper()
	server := httptest.NewServer(handler)
	tb.Cleanup(server.Close)
	return server.URL
}

// fetch fetches a feed and returns the text of its file, and what is left in
// the folder for files meanwhile.
func fetch(tb testing.TB, config feed.FetcherConfig, f feed.Feed, known feed.Validators) (string, feed.Validators, error) {
	tb.Helper()
	config.Version, config.Folder, config.Access = "1.2.3", tb.TempDir(), allowed
	file, err := feed.NewFetcher(config).Fetch(tb.Context(), f, known)
	left, listErr := os.ReadDir(config.Folder)
	if listErr != nil || len(left) > 0 {
		tb.Errorf("left in the folder: %v, %v", left, listErr)
	}
	if err != nil {
		if file != nil {
			tb.Error("a file comes with an error")
		}
		return "", feed.Validators{}, err
	}
	text, err := io.ReadAll(file)
	if err := errors.Join(err, file.Close()); err != nil {
		tb.Error(err)
	}
	if int64(len(text)) != file.Size {
		tb.Errorf("size %d, read %d", file.Size, len(text))
	}
	return string(text), file.Validators, nil
}

func wantError(tb testing.TB, err error, words string) {
	tb.Helper()
	if err == nil || !strings.Contains(err.Error(), words) {
		tb.Errorf("error %v, want %q", err, words)
	}
}

func TestFetchSaysWhoAsks(t *testing.T) {
	t.Parallel()
	var got http.Header
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		_, _ = io.WriteString(w, list)
	})
	f := subscribed(address)
	f.Header = feed.Header{"Authorization": "Bearer hunter22"}
	text, _, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	if text != list || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if got.Get("User-Agent") != "ringfence/1.2.3" || got.Get("Authorization") != "Bearer hunter22" ||
		got.Get("Accept-Encoding") != "gzip" || got.Get("If-None-Match")+got.Get("If-Modified-Since") != "" {
		t.Error("asked with", got)
	}
	f.Header = feed.Header{"User-Agent": "Mozilla/5.0"}
	if _, _, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{}); err != nil || got.Get("User-Agent") != "Mozilla/5.0" {
		t.Error(got, err)
	}
}

func TestAFileThatHasNotChangedIsNotFetched(t *testing.T) {
	t.Parallel()
	modified := "Sun, 01 Mar 2026 12:00:00 GMT"
	for name, header := range map[string]http.Header{
		"etag":    {"Etag": {`"v1"`}},
		"date":    {"Last-Modified": {modified}},
		"neither": {},
	} {
		address := serve(t, func(w http.ResponseWriter, r *http.Request) {
			maps.Copy(w.Header(), header)
			http.ServeContent(w, r, "list.csv", time.Time{}, strings.NewReader(list))
		})
		_, known, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{})
		wantTag := ""
		if name == "etag" {
			wantTag = digest(header.Get("Etag"))
		}
		if err != nil || known.ETag != wantTag || known.LastModified != header.Get("Last-Modified") {
			t.Errorf("%s: %v, %v", name, known, err)
		}
		if name == "date" {
			// ServeContent goes by its own time.
			address = serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("If-Modified-Since") == modified {
					w.WriteHeader(http.StatusNotModified)
				}
			})
		}
		_, _, err = fetch(t, feed.FetcherConfig{}, subscribed(address), known)
		if name == "neither" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		} else if !errors.Is(err, feed.ErrUnchanged) {
			t.Errorf("%s: %v, want %v", name, err, feed.ErrUnchanged)
		}
	}
	// An answer that makes no sense is none.
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotModified) })
	_, _, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{})
	wantError(t, err, "the server answers 304 Not Modified")
}

func TestAnswersThatBringNoFile(t *testing.T) {
	t.Parallel()
	for status, words := range map[int]string{
		401: "the server refuses: 401 Unauthorized; check the password or token",
		403: "the server refuses: 403 Forbidden",
		404: "the file does not exist: 404 Not Found",
		410: "the file does not exist: 410 Gone",
		429: "too many requests to the server: 429 Too Many Requests",
		500: "the server answers 500 Internal Server Error",
		204: "the server answers 204 No Content",
		206: "the server answers 206 Partial Content",
		799: "the server answers 799",
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			if status != 204 {
				_, _ = io.WriteString(w, list)
			}
		})
		_, _, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{})
		wantError(t, err, words)
	}
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = io.WriteString(w, "<html>Please log in</html>")
	})
	_, _, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{})
	wantError(t, err, "the server sends a web page instead of a list")
	address = serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		_, _ = io.WriteString(w, "whatever")
	})
	_, _, err = fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{})
	wantError(t, err, "uses a compression that was not requested")
}

func packed(tb testing.TB, text string) []byte {
	tb.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, text)
	if err := errors.Join(err, w.Close()); err != nil {
		tb.Fatal(err)
	}
	return out.Bytes()
}

func TestPackedFilesAreUnpacked(t *testing.T) {
	t.Parallel()
	once := packed(t, list)
	for name, body := range map[string]struct {
		encoding string
		body     []byte
	}{
		"by the server":  {"gzip", once},
		"by its maker":   {"", once},
		"by both":        {"gzip", packed(t, string(once))},
		"not at all":     {"", []byte(list)},
		"as they say":    {"identity", []byte(list)},
		"only they say":  {"gzip", []byte(list)},
		"in two members": {"", append(packed(t, "number\n"), packed(t, "+4930123456\n")...)},
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if body.encoding != "" {
				w.Header().Set("Content-Encoding", body.encoding)
			}
			w.Header().Set("Content-Length", strconv.Itoa(len(body.body)))
			_, _ = w.Write(body.body)
		})
		if text, _, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{}); text != list || err != nil {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
}

func TestAnEmptyFileIsAFile(t *testing.T) {
	t.Parallel()
	address := serve(t, func(http.ResponseWriter, *http.Request) {})
	if text, _, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{}); text != "" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

// Whatever a file lacks at its end, nothing of it is handed out.
func TestFilesThatBreakOffAreRefused(t *testing.T) {
	t.Parallel()
	whole := packed(t, strings.Repeat(rand.Text()+"\n", 5000))
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-6] ^= 1
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		words   string
	}{
		"shorter than said": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			_, _ = io.WriteString(w, list)
		}, "is incomplete"},
		"in the middle of a stream": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, strings.Repeat(list, 1000))
			_ = http.NewResponseController(w).Flush()
			panic(http.ErrAbortHandler)
		}, "is incomplete"},
		"in the middle of what is packed": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(whole[:len(whole)-9])
		}, "is incomplete"},
		"after the head of what is packed": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(whole[:5])
		}, "is incomplete"},
		"damaged": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(damaged)
		}, "the compressed file is damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := fetch(t, feed.FetcherConfig{}, subscribed(serve(t, test.handler)), feed.Validators{})
			wantError(t, err, test.words)
		})
	}
}

func TestFilesThatAreTooLargeAreRefused(t *testing.T) {
	t.Parallel()
	const limit = 100_000
	body := func(size int) []byte { return bytes.Repeat([]byte("x"), size) }
	for name, test := range map[string]struct {
		body    []byte
		refused bool
	}{
		"of just the size":          {body(limit), false},
		"a byte more":               {body(limit + 1), true},
		"packed, of just the size":  {packed(t, string(body(limit))), false},
		"packed, a byte more":       {packed(t, string(body(limit+1))), true},
		"packed twice, a byte more": {packed(t, string(packed(t, string(body(limit+1))))), true},
	} {
		address := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(test.body) })
		f := subscribed(address)
		f.MaxSize = limit
		text, _, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
		if test.refused {
			wantError(t, err, "the file is larger than 100000 bytes, the max-size of the feed")
		} else if err != nil || len(text) != limit {
			t.Errorf("%s: %d bytes, %v", name, len(text), err)
		}
	}
}

// A server that never ends is left long before memory or disk are full.
func TestAFileWithoutEndIsLeft(t *testing.T) {
	t.Parallel()
	sent := make(chan int64, 1)
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		total, chunk := int64(0), bytes.Repeat([]byte("0"), 1<<16)
		for {
			n, err := w.Write(chunk)
			total += int64(n)
			if err != nil {
				sent <- total
				return
			}
		}
	})
	f := subscribed(address)
	f.MaxSize = 1 << 20
	_, _, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	wantError(t, err, "larger than")
	if total := <-sent; total > 64<<20 {
		t.Errorf("%d bytes were taken for a limit of %d", total, f.MaxSize)
	}
}

func TestServersThatAreSlow(t *testing.T) {
	t.Parallel()
	drip := func(pause time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, "x")
				_ = http.NewResponseController(w).Flush()
				select {
				case <-time.After(pause):
				case <-r.Context().Done():
				}
			}
		}
	}
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		config  feed.FetcherConfig
		words   string
	}{
		"no answer": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			feed.FetcherConfig{Idle: 50 * time.Millisecond},
			"the server sent nothing for 50ms",
		},
		"silent in the middle": {drip(time.Hour), feed.FetcherConfig{Idle: 100 * time.Millisecond}, "the server sent nothing for 100ms"},
		"drop by drop": {
			drip(10 * time.Millisecond),
			feed.FetcherConfig{Idle: 10 * time.Second, Overall: 300 * time.Millisecond},
			"the download took longer than 300ms",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			began := time.Now()
			_, _, err := fetch(t, test.config, subscribed(serve(t, test.handler)), feed.Validators{})
			wantError(t, err, test.words)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("it took %s", took)
			}
		})
	}
}

func TestASlowServerIsWaitedForWhileItMoves(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for _, part := range strings.SplitAfter(list, "") {
			_, _ = io.WriteString(w, part)
			_ = http.NewResponseController(w).Flush()
			time.Sleep(50 * time.Millisecond)
		}
	})
	// Each byte comes in time, all of them together don't.
	text, _, err := fetch(t, feed.FetcherConfig{Idle: 600 * time.Millisecond}, subscribed(address), feed.Validators{})
	if text != list || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestTheEndOfTheContextEndsTheDownload(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, list)
		_ = http.NewResponseController(w).Flush()
		cancel()
		<-r.Context().Done()
	})
	_, err := feed.NewFetcher(feed.FetcherConfig{Folder: t.TempDir(), Access: allowed}).Fetch(ctx, subscribed(address), feed.Validators{})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestNobodyListens(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err = fetch(t, feed.FetcherConfig{}, subscribed("http://anna:hunter22@"+address+"/?key=secret99"), feed.Validators{})
	wantError(t, err, "connection refused")
	noSecret(t, err.Error())
}

// A server that says nothing at all is an error in words.
func TestAServerThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		connection, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_ = connection.Close()
	})
	_, _, err := fetch(t, feed.FetcherConfig{}, subscribed(address), feed.Validators{})
	if want := "the server closed the connection without an answer"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func noSecret(tb testing.TB, text string) {
	tb.Helper()
	for _, secret := range []string{"hunter22", "secret99", "anna"} {
		if strings.Contains(text, secret) {
			tb.Errorf("%q shows %q", text, secret)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	var seen []http.Header
	other := serve(t, func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header)
		_, _ = io.WriteString(w, list)
	})
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other, http.StatusFound)
	}))
	t.Cleanup(secure.Close)
	mux := http.NewServeMux()
	mux.HandleFunc("/hop/", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, "/hop/"))
		if n == 0 {
			seen = append(seen, r.Header)
			_, _ = io.WriteString(w, list)
			return
		}
		http.Redirect(w, r, fmt.Sprintf("/hop/%d", n-1), http.StatusFound)
	})
	mux.HandleFunc("/away", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, other, http.StatusFound) })
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
	})
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	address := serve(t, mux.ServeHTTP)

	header := feed.Header{"Authorization": "Bearer hunter22", "X-Api-Key": "secret99", "User-Agent": "Mozilla/5.0"}
	get := func(url string, config feed.FetcherConfig) error {
		f := subscribed(url)
		f.Header = header
		_, _, err := fetch(t, config, f, feed.Validators{})
		return err
	}
	if err := get(address+"/hop/5?key=secret99", feed.FetcherConfig{}); err != nil {
		t.Error("five hops:", err)
	}
	if got := seen[0]; got.Get("X-Api-Key") != "secret99" || got.Get("Referer") != "" {
		t.Error("on the same server:", got)
	}
	wantError(t, get(address+"/hop/6", feed.FetcherConfig{}), "redirects more than 5 times")
	wantError(t, get(address+"/loop", feed.FetcherConfig{}), "redirects more than 5 times")
	wantError(t, get(address+"/file", feed.FetcherConfig{}), "redirects to an address that is not http:// or https://")

	seen = nil
	if err := get(address+"/away?key=secret99", feed.FetcherConfig{}); err != nil {
		t.Error("away:", err)
	}
	if got := seen[0]; got.Get("X-Api-Key")+got.Get("Authorization")+got.Get("Referer") != "" || got.Get("User-Agent") != "Mozilla/5.0" {
		t.Error("another server is sent", got)
	}
	seen = nil
	trusted := x509.NewCertPool()
	trusted.AddCert(secure.Certificate())
	wantError(t, get(secure.URL, feed.FetcherConfig{RootCAs: trusted}), "redirects from https to http")
	if len(seen) > 0 {
		t.Error("the other server was asked")
	}
	wantError(t, get(secure.URL, feed.FetcherConfig{}), "the certificate of the server is signed by an unknown authority")
}

func TestFilesOfThisMachine(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "my list.csv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	f := subscribed("file://" + folder + "/my%20list.csv")
	_, _, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	wantError(t, err, "no such file or directory")

	write(list)
	text, known, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	if text != list || err != nil {
		t.Errorf("%q, %v", text, err)
	}
	if _, _, err := fetch(t, feed.FetcherConfig{}, f, known); !errors.Is(err, feed.ErrUnchanged) {
		t.Error("the same file:", err)
	}
	// As large as before, and touched.
	write(strings.Replace(list, "6", "7", 1))
	if err := os.Chtimes(path, time.Time{}, time.Now().Add(time.Second)); err != nil {
		t.Fatal(err)
	}
	if text, _, err := fetch(t, feed.FetcherConfig{}, f, known); text == list || err != nil {
		t.Errorf("another file: %q, %v", text, err)
	}
	write(string(packed(t, list)))
	if text, _, err := fetch(t, feed.FetcherConfig{}, f, feed.Validators{}); text != list || err != nil {
		t.Errorf("packed: %q, %v", text, err)
	}

	f.MaxSize = 5
	_, _, err = fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	wantError(t, err, "larger than 5 bytes")

	f.URL = "file://" + folder
	_, _, err = fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	wantError(t, err, "not a regular file")
	pipe := filepath.Join(folder, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	f.URL = "file://" + pipe
	_, _, err = fetch(t, feed.FetcherConfig{}, f, feed.Validators{})
	wantError(t, err, "not a regular file")
}
