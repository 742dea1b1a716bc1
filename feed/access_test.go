package feed_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/feed"
)

const notPublic = "the server does not have a public address"

// Ensure no spelling of an address that is not public passes, and public ones do.
func TestPublicAddresses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254",
		"172.16.0.1", "172.31.255.255", "192.0.0.8", "192.0.2.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "224.0.0.1",
		"239.1.2.3", "240.0.0.1", "255.255.255.255",
		"::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:127.0.0.1", "64:ff9b::127.0.0.1",
		"64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:101::1",
		"2001::1", "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::1", "3fff::1", "5f00::1", "100::1", "fc00::1",
		"fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "2a00::5efe:10.0.0.1", "2a00::200:5efe:192.168.0.1", "fe80::5efe:8.8.8.8",
	} {
		address := netip.MustParseAddr(text).Unmap()
		if feed.Public(address) {
			t.Errorf("%s is public", text)
		}
		host := text
		if strings.Contains(text, ":") {
			host = "[" + text + "]"
		}
		if err := (feed.Access{}).Check("http://" + host + ":8080/x"); err == nil {
			t.Errorf("http://%s is allowed", host)
		}
	}
	for _, text := range []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.255.255",
		"223.255.255.255", "2606:4700:4700::1111", "64:ff9b::1.1.1.1", "2002:101:101::1", "2a00::5efe:1.1.1.1",
	} {
		if !feed.Public(netip.MustParseAddr(text)) {
			t.Errorf("%s is not public", text)
		}
	}
	if feed.Public(netip.Addr{}) {
		t.Error("no address is public")
	}
	for _, host := range []string{"localhost", "LOCALHOST", "localhost.", "a.localhost", "127.1", "0x7f000001", "2130706433", "017700000001", "10.0.0.0x1", "1.2.3.4.5"} {
		if (feed.Access{}).Check("http://"+host+"/") == nil {
			t.Errorf("http://%s is allowed", host)
		}
	}
	for _, host := range []string{"example.org", "1.1.1.1", "0x.example", "localhost.example.org", "10.0.0.1.example.org"} {
		if err := (feed.Access{}).Check("https://" + host + "/"); err != nil {
			t.Errorf("https://%s: %v", host, err)
		}
	}
}

// Ensure a private network stays private in each form that leads to it.
func TestFormsOfPrivateAddresses(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		network := netip.MustParsePrefix(rapid.SampledFrom([]string{
			"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4",
		}).Draw(t, "network"))
		mask := uint32(1)<<(32-network.Bits()) - 1
		four := network.Addr().As4()
		number := binary.BigEndian.Uint32(four[:]) | rapid.Uint32().Draw(t, "host")&mask
		binary.BigEndian.PutUint32(four[:], number)
		inner := netip.AddrFrom4(four)
		for _, prefix := range []string{"64:ff9b::", "::ffff:", "::", "2a00:1:2:3::5efe:"} {
			if address := netip.MustParseAddr(prefix + inner.String()); feed.Public(address.Unmap()) {
				t.Fatalf("%s is public", address)
			}
		}
		six := netip.MustParseAddr("2002::1").As16()
		copy(six[2:], four[:])
		if feed.Public(netip.AddrFrom16(six)) {
			t.Fatalf("%s is public", netip.AddrFrom16(six))
		}
		// And it is allowed if its network is.
		access := feed.Access{Networks: []netip.Prefix{network}}
		if err := access.Check("http://[::ffff:" + inner.String() + "]/"); err != nil {
			t.Fatal(err)
		}
	})
}

// answerDNS answers each question for an IPv4 address with the next of the addresses,
// then with the last; with none if there is none.
func answerDNS(tb testing.TB, addresses ...string) *net.Resolver {
	tb.Helper()
	server, err := (&net.ListenConfig{}).ListenPacket(tb.Context(), "udp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = server.Close() })
	go func() {
		question := make([]byte, 1500)
		for asked := 0; ; {
			n, from, err := server.ReadFrom(question)
			if err != nil {
				return
			}
			end := 12 + strings.IndexByte(string(question[12:n]), 0) + 5
			answer := append([]byte{}, question[:end]...)
			copy(answer[2:12], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
			if question[end-3] == 1 && len(addresses) > 0 {
				four := netip.MustParseAddr(addresses[min(asked, len(addresses)-1)]).As4()
				asked++
				answer[7] = 1
				answer = append(append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), four[:]...)
			}
			_, _ = server.WriteTo(answer, from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", server.LocalAddr().String())
	}}
}

// serveAt serves at an address of this machine.
func serveAt(tb testing.TB, address string, handler http.HandlerFunc) (port string) {
	tb.Helper()
	listener, err := (&net.ListenConfig{}).Listen(tb.Context(), "tcp", address+":0")
	if err != nil {
		tb.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	_ = server.Listener.Close()
	server.Listener = listener
	server.Start()
	tb.Cleanup(server.Close)
	_, port, _ = net.SplitHostPort(listener.Addr().String())
	return port
}

// Ensure the address that is connected to decides: behind redirects, and for a name
// whose address changes.
func TestPrivateServersAreNotAsked(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	secret := serveAt(t, "127.0.0.1", func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = io.WriteString(w, list)
	})
	target := new(atomic.Pointer[string])
	publisher := serveAt(t, "127.0.0.2", func(w http.ResponseWriter, r *http.Request) {
		if to := target.Load(); to != nil {
			http.Redirect(w, r, *to, http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, list)
	})
	closed := serveAt(t, "127.0.0.1", func(http.ResponseWriter, *http.Request) {})
	onlyPublisher := feed.Access{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
	get := func(config feed.FetcherConfig, url string) error {
		config.Folder, config.Access = t.TempDir(), onlyPublisher
		file, err := feed.NewFetcher(config).Fetch(t.Context(), subscribed(url), feed.Validators{})
		if err == nil {
			err = file.Close()
		}
		return err
	}
	if err := get(feed.FetcherConfig{}, "http://127.0.0.2:"+publisher); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{
		"http://127.0.0.1:" + secret, "http://localhost:" + secret, "http://[::ffff:127.0.0.1]:" + secret, "http://127.1:" + secret,
		"//127.0.0.1:" + secret + "/x", "http://0.0.0.0:" + secret, "http://[::]:" + secret, "http://secret.example:" + secret,
	} {
		target.Store(&to)
		err := get(feed.FetcherConfig{}.Resolved(answerDNS(t, "127.0.0.1")), "http://127.0.0.2:"+publisher)
		if to == "http://127.1:"+secret {
			wantError(t, err, "invalid address of a server")
		} else {
			wantError(t, err, notPublic)
		}
	}
	target.Store(nil)

	// The name has the allowed address when the feed is first fetched, and then another.
	resolver := answerDNS(t, "127.0.0.2", "127.0.0.1")
	if err := get(feed.FetcherConfig{}.Resolved(resolver), "http://rebind.example:"+publisher); err != nil {
		t.Error("the first answer:", err)
	}
	again := get(feed.FetcherConfig{}.Resolved(resolver), "http://rebind.example:"+secret)
	wantError(t, again, notPublic)
	if strings.Contains(again.Error(), "127.0.0.1") {
		t.Errorf("%v shows the answer of the DNS server", again)
	}
	// The error does not say whether a port is open.
	open, shut := get(feed.FetcherConfig{}, "http://127.0.0.1:"+secret), get(feed.FetcherConfig{}, "http://127.0.0.1:1")
	if open.Error() != shut.Error() || get(feed.FetcherConfig{}, "http://127.0.0.1:"+closed).Error() != open.Error() {
		t.Errorf("an open port gives %v, a closed one %v", open, shut)
	}
	if n := asked.Load(); n > 0 {
		t.Errorf("the private server was asked %d times", n)
	}
}

// Ensure a proxy is a server like others, and that no private address is asked of it.
func TestProxies(t *testing.T) {
	t.Parallel()
	var asked []string
	proxy := serveAt(t, "127.0.0.3", func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.String())
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "http://10.0.0.1/secret", http.StatusFound)
			return
		}
		_, _ = io.WriteString(w, list)
	})
	get := func(networks []netip.Prefix, address string) error {
		file, err := feed.NewFetcher(feed.FetcherConfig{
			Folder: t.TempDir(), Access: feed.Access{Networks: networks},
			Proxy: http.ProxyURL(&url.URL{Scheme: "http", Host: "127.0.0.3:" + proxy}),
		}).Fetch(t.Context(), subscribed(address), feed.Validators{})
		if err == nil {
			err = file.Close()
		}
		return err
	}
	named := []netip.Prefix{netip.MustParsePrefix("127.0.0.3/32")}
	wantError(t, get(nil, "http://example.org/list"), notPublic)
	wantError(t, get(named, "http://10.0.0.1/list"), notPublic)
	wantError(t, get(named, "http://127.1/list"), "invalid address of a server")
	wantError(t, get(named, "http://example.org/away"), notPublic)
	if err := get(named, "http://example.org/list"); err != nil {
		t.Error(err)
	}
	equal(t, "requests to the proxy", asked, []string{"http://example.org/away", "http://example.org/list"})
}

// Ensure a file is read below the named folders only, whatever leads to another.
func TestFoldersOfFeeds(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	write := func(name string) {
		t.Helper()
		path := filepath.Join(base, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"lists/a.csv", "lists/sub/b.csv", "lists..csv", "listsecret/c.csv", "secret.csv", "other/d.csv"} {
		write(name)
	}
	for link, target := range map[string]string{
		"lists/inside.csv": "sub/b.csv", "lists/up.csv": "../secret.csv", "lists/absolute.csv": filepath.Join(base, "secret.csv"),
		"lists/folder": "../other", "lists/chain.csv": "up.csv", "lists/loop.csv": "loop.csv", "link": "lists", "lists/proc": "/proc/self",
	} {
		if err := os.Symlink(target, filepath.Join(base, link)); err != nil {
			t.Fatal(err)
		}
	}
	get := func(path string, folders ...string) error {
		for i := range folders {
			folders[i] = filepath.Join(base, folders[i])
		}
		file, err := feed.NewFetcher(feed.FetcherConfig{Folder: t.TempDir(), Access: feed.Access{Folders: folders}}).
			Fetch(t.Context(), subscribed("file://"+base+"/"+path), feed.Validators{})
		if err == nil {
			err = file.Close()
		}
		return err
	}
	const link, folder = "the file is a link that leads out of its folder in feed-folders", "feeds may not read this file"
	for path, want := range map[string]string{
		"lists/a.csv": "", "lists/sub/b.csv": "", "lists/inside.csv": "", "lists/sub/../a.csv": "", "lists/%61.csv": "",
		"lists/up.csv": link, "lists/absolute.csv": link, "lists/chain.csv": link, "lists/folder/d.csv": link, "lists/proc/environ": link,
		"lists/loop.csv": "too many levels of symbolic links",
		"secret.csv":     folder, "lists/../secret.csv": folder, "lists/%2e%2e/secret.csv": folder, "lists/sub/%2e%2e%2f..%2fsecret.csv": folder,
		"lists..csv": folder, "listsecret/c.csv": folder, "lists": folder, "lists/": folder, "link/a.csv": folder, "other/d.csv": folder,
		"lists/nothing.csv": "no such file or directory", "lists/sub": "not a regular file", "lists/a.csv/x": "not a directory",
	} {
		if err := get(path, "lists"); want != "" {
			wantError(t, err, want)
		} else if err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	// A folder of the option may itself be a link, and the widest of several counts.
	for _, err := range []error{get("link/a.csv", "link"), get("lists/up.csv", "lists", "."), get("link/a.csv", ".", "link")} {
		if err != nil {
			t.Error(err)
		}
	}
	wantError(t, get("lists/a.csv"), folder)
}

// stuck is a regular file whose read hangs, as on a network file system without its
// server.
type stuck struct {
	*os.File
	reading chan<- string
	free    <-chan struct{}
}

func (s stuck) Read([]byte) (int, error) {
	s.reading <- s.Name()
	<-s.free
	return 0, io.EOF
}

// Ensure a read that hangs ends for all others: the fetch, a cancellation, and the next
// fetch, and that few may hang.
func TestFilesThatHang(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	reading, free := make(chan string, 100), make(chan struct{})
	config := feed.FetcherConfig{Folder: t.TempDir(), Access: feed.Access{Folders: []string{folder}}, Idle: 20 * time.Millisecond}
	fetcher := feed.NewFetcher(config.Opened(func(_, path string) (feed.OpenFile, error) {
		file, err := os.Open(path)
		return stuck{file, reading, free}, err
	}))
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	get := func(ctx context.Context, name string) error {
		file, err := fetcher.Fetch(ctx, subscribed("file://"+filepath.Join(folder, name)), feed.Validators{})
		if err == nil {
			err = file.Close()
		}
		return err
	}
	const hangs = "the file gave nothing for 20ms, and its read was abandoned: check its file system"
	wantError(t, get(t.Context(), "a"), hangs)
	wantError(t, get(t.Context(), "a"), "an earlier read of the file still hangs")
	if n := len(reading); n != 1 {
		t.Errorf("%d reads of a file that hangs", n)
	}
	// The end of the program does not wait for it.
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- get(ctx, "b") }()
	<-reading
	<-reading
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("a file that hangs was read")
		}
	case <-time.After(5 * time.Second):
		t.Fatal("a cancellation waits for a file that hangs")
	}
	for _, name := range []string{"c", "d", "e", "f", "g", "h"} {
		wantError(t, get(t.Context(), name), hangs)
	}
	wantError(t, get(t.Context(), "i"), "the reads of 8 other files hang")
	// When the file system is back, all are read again.
	close(free)
	for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h", "i"} {
		eventually(t, "the next fetch of "+name, func() bool { return get(t.Context(), name) == nil })
	}
}

// Ensure two feeds of a file that hangs count as one, and that what they copied is
// deleted.
func TestFeedsOfOneFileThatHangs(t *testing.T) {
	t.Parallel()
	folder, copies := t.TempDir(), t.TempDir()
	path := filepath.Join(folder, "list.csv")
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	reading, free := make(chan string, 100), make(chan struct{})
	config := feed.FetcherConfig{Folder: copies, Access: feed.Access{Folders: []string{folder}}, Idle: time.Minute}
	fetcher := feed.NewFetcher(config.Opened(func(_, path string) (feed.OpenFile, error) {
		file, err := os.Open(path)
		return stuck{file, reading, free}, err
	}))
	get := func(ctx context.Context, name string) error {
		f := subscribed("file://" + path)
		f.Name = name
		file, err := fetcher.Fetch(ctx, f, feed.Validators{})
		if err == nil {
			err = file.Close()
		}
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	for _, name := range []string{"a", "b"} {
		go func() { ended <- get(ctx, name) }()
	}
	<-reading
	<-reading
	cancel()
	for range 2 {
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}
	wantError(t, get(t.Context(), "c"), "an earlier read of the file still hangs")
	close(free)
	eventually(t, "the next fetch", func() bool { return get(t.Context(), "c") == nil })
	eventually(t, "the end of all copies", func() bool {
		left, err := os.ReadDir(copies)
		return err == nil && len(left) == 0
	})
}

// Ensure a user who adds feeds does not learn which names an internal DNS server knows,
// unless internal servers are allowed.
func TestNamesOfPrivateServers(t *testing.T) {
	t.Parallel()
	get := func(resolver *net.Resolver, access feed.Access) string {
		config := feed.FetcherConfig{Folder: t.TempDir(), Access: access}.Resolved(resolver)
		_, err := feed.NewFetcher(config).Fetch(t.Context(), subscribed("http://secret.example/list"), feed.Validators{})
		if err == nil {
			t.Fatal("there is a file")
		}
		return err.Error()
	}
	none := answerDNS(t)
	if known, unknown := get(answerDNS(t, "10.1.2.3"), feed.Access{}), get(none, feed.Access{}); known != unknown || !strings.Contains(known, notPublic) {
		t.Errorf("a private server gives %q, none %q", known, unknown)
	}
	allowed := feed.Access{Networks: []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}}
	if text := get(none, allowed); !strings.Contains(text, "no server has this name") {
		t.Errorf("with networks, no server gives %q", text)
	}
}

// broken is a file whose read fails as no read should.
type broken struct {
	*os.File
	fail func() error
}

func (b broken) Read([]byte) (int, error) { return 0, b.fail() }

// Ensure what fails while a file is read is not said of a server, and that a bug is
// found by its place, not by the text that is read.
func TestReadsThatFail(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "list.csv")
	if err := os.WriteFile(path, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	get := func(fail func() error) error {
		config := feed.FetcherConfig{Folder: t.TempDir(), Access: feed.Access{Folders: []string{folder}}}
		_, err := feed.NewFetcher(config.Opened(func(_, path string) (feed.OpenFile, error) {
			file, err := os.Open(path)
			return broken{file, fail}, err
		})).Fetch(t.Context(), subscribed("file://"+path), feed.Validators{})
		if err == nil {
			t.Fatal("there is a file")
		}
		noSecret(t, err.Error())
		return err
	}
	wantError(t, get(func() error { return errors.New("hunter22") }), "the file cannot be read: check its file system")
	wantError(t, get(func() error { return syscall.EIO }), "input/output error")
	err := get(func() error { panic("hunter22") })
	wantError(t, err, "a bug in ringfence: please report it")
	if place, ok := errors.AsType[interface {
		error
		Stack() string
	}](err); !ok || !strings.Contains(place.Stack(), "access_test.go") {
		t.Errorf("%v has no place", err)
	} else {
		noSecret(t, place.Stack())
	}
}
