package feed_test

import (
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/feed"
)

func TestNames(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"ftc", "FTC-2026_daily.v2", "1", strings.Repeat("x", 64)} {
		if err := feed.CheckName(good); err != nil {
			t.Error(err)
		}
	}
	for _, bad := range []string{"", "manual", "Manual", "repeat", "star", "import", "a b", "a:b", "a/b", "{a}", ".a", "-a", "_a", "ä", "a\n", strings.Repeat("x", 65)} {
		if feed.CheckName(bad) == nil {
			t.Errorf("%q is a name", bad)
		}
	}
}

func TestCheckFindsAllThatIsWrong(t *testing.T) {
	t.Parallel()
	if err := subscribed("https://example.org/list.csv").Check(); err != nil {
		t.Error(err)
	}
	for words, change := range map[string]func(*feed.Feed){
		"invalid name":              func(f *feed.Feed) { f.Name = "a b" },
		"every must be between 15m": func(f *feed.Feed) { f.Every = 15*time.Minute - time.Second },
		"and 366d":                  func(f *feed.Feed) { f.Every = 367 * 24 * time.Hour },
		"max-size must be above 0":  func(f *feed.Feed) { f.MaxSize = 0 },
		"min-reports must be 0":     func(f *feed.Feed) { f.Rows.MinReports = -1 },
		"for must not be negative":  func(f *feed.Feed) { f.Rows.For = -1 },
		"an action is for blocked callers": func(f *feed.Feed) {
			f.Rows.Kind, f.Rows.Action = blacklist.Allow, blacklist.Busy
		},
		"a header is for http://": func(f *feed.Feed) {
			f.URL, f.Header = "FILE:///list.csv", feed.Header{"Accept": "text/csv"}
		},
		"Host is set by ringfence itself": func(f *feed.Feed) { f.Header = feed.Header{"Host": "example.org"} },
	} {
		f := subscribed("https://example.org/list.csv")
		change(&f)
		wantError(t, f.Check(), words)
	}
	f := subscribed("gopher://x")
	f.Every, f.Name = 0, "manual"
	for _, words := range []string{"the name \"manual\" is reserved", "invalid URL", "every must be between"} {
		wantError(t, f.Check(), words)
	}
}

func TestURLs(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"http://example.org", "HTTPS://Example.org:8443/a?b=c", "http://[::1]/x", "file:///list.csv", "file://localhost/list.csv"} {
		if err := subscribed(good).Check(); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "list.csv", "/list.csv", "ftp://anna:hunter22@example.org/", "https://", "https:///path", "http:example.org",
		"https://anna:hunter22@exa mple.org/", "https://example.org:port/?secret99", "file://list.csv", "file:list.csv", "file://",
		"file:///list.csv?hunter22", "file://server/list.csv", "file://anna:hunter22@localhost/x", "https://anna:%zzhunter22@example.org",
	} {
		err := subscribed(bad).Check()
		if err == nil {
			t.Errorf("%s is a URL", bad)
			continue
		}
		noSecret(t, err.Error())
	}
}

func TestAddressesShowNoSecret(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://example.org/list.csv":                            "https://example.org/list.csv",
		"https://anna:hunter22@example.org/a%20b?key=secret99&q=": "https://xxxxx@example.org/a%20b?key=xxxxx&q=xxxxx",
		"https://hunter22@example.org?secret99":                   "https://xxxxx@example.org?xxxxx",
		"https://example.org/?a;secret99=1;b=%73ecret99#hunter22": "https://example.org/?xxxxx&secret99=xxxxx&b=xxxxx",
		"file:///srv/my%20list.csv":                               "file:///srv/my%20list.csv",
		"http://[::1]:8080/x":                                     "http://[::1]:8080/x",
		"::":                                                      "xxxxx",
	} {
		if got := feed.ShownAddress(url); got != want {
			t.Errorf("%s is shown as %s, want %s", url, got, want)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := feed.Header{}
	for _, good := range []string{"authorization:  Bearer hunter22 ", "X-Api-Key: a:b", "User-Agent: Mozilla/5.0 (X11)"} {
		if err := h.Add(good); err != nil {
			t.Error(err)
		}
	}
	if h["Authorization"] != "Bearer hunter22" || h["X-Api-Key"] != "a:b" || strings.Join(h.Names(), " ") != "Authorization User-Agent X-Api-Key" {
		t.Error(h)
	}
	for _, bad := range []string{
		"", "hunter22", ": hunter22", "a b: hunter22", "Authorization: hunter22", "Host: hunter22", "if-none-match: hunter22",
		"Empty:", "X: hunter22\r\nY: z", "X\n: hunter22", "X: a\x00hunter22", "Ä: hunter22",
	} {
		if err := h.Add(bad); err == nil {
			t.Errorf("%q is a line of a header", bad)
		} else {
			noSecret(t, err.Error())
		}
	}
	if len(h) != 3 {
		t.Error("a refused line was taken:", h.Names())
	}
}
