package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/batch"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

// faultRows is how many numbers the imports bring that are disturbed: some
// twelve pages, so that there is a middle.
const faultRows = 24_000

// importer runs the program on a file of many numbers, for tests that break
// something meanwhile.
type importer struct {
	t    *testing.T
	url  string
	file string
	s    *store.Store
}

func newImporter(t *testing.T, url string) *importer {
	t.Helper()
	var rows bytes.Buffer
	rows.WriteString("number,reason\n")
	for i := range faultRows {
		fmt.Fprintf(&rows, "+4930%07d,reason %d\n", i*7, i)
	}
	i := &importer{t: t, url: url, file: filepath.Join(t.TempDir(), "many.csv")}
	if err := os.WriteFile(i.file, rows.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	i.s = s
	return i
}

// running is the program at work.
type running struct {
	*exec.Cmd
	out, errs lockedBuffer
}

// lockedBuffer is read while a process writes it.
type lockedBuffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

func (i *importer) start(args ...string) *running {
	i.t.Helper()
	r := &running{Cmd: exec.CommandContext(i.t.Context(), "ringfence", append(args, "--redis", i.url)...)}
	r.Env = append(os.Environ(), "RINGFENCE_CONFIG="+os.DevNull, "GORACE=atexit_sleep_ms=10")
	r.Stdout, r.Stderr = &r.out, &r.errs
	if err := r.Start(); err != nil {
		i.t.Fatal(err)
	}
	return r
}

// run runs the program to its end.
func (i *importer) run(args ...string) string {
	i.t.Helper()
	r := i.start(args...)
	if err := r.Wait(); err != nil {
		i.t.Fatalf("%v: %v\n%s%s", args, err, r.out.String(), r.errs.String())
	}
	return r.out.String()
}

// half waits until a part of the file is on the list, and returns the batch.
func (i *importer) half() batch.Batch {
	i.t.Helper()
	ctx, cancel := context.WithTimeout(i.t.Context(), time.Minute)
	defer cancel()
	for ctx.Err() == nil {
		if batches, err := i.s.Batches(ctx); err == nil && len(batches) > 0 {
			if chunks, err := i.s.Chunks(ctx, batches[0].ID); err == nil && len(chunks) > 2 {
				return batches[0]
			}
		}
	}
	i.t.Fatal("the import doesn't begin")
	return batch.Batch{}
}

// listed returns how many entries there are; each of them has to be whole.
func (i *importer) listed() int {
	i.t.Helper()
	for patience := time.Now().Add(20 * time.Second); ; {
		n, err := i.count()
		if err == nil {
			return n
		}
		// A client needs a moment to find out who is the primary now.
		if time.Now().After(patience) {
			i.t.Fatal(err)
		}
	}
}

func (i *importer) count() (n int, err error) {
	for e, err := range i.s.All(i.t.Context(), blacklist.Query{Sort: blacklist.ByNumber}) {
		if err != nil {
			return 0, err
		}
		n++
		if !strings.HasPrefix(e.Reason, "reason ") || e.Source != "many" || e.Kind != "block" || e.Created.IsZero() {
			i.t.Fatalf("half an entry: %+v", e)
		}
	}
	return n, nil
}

// expect compares how many entries there are.
func (i *importer) expect(when string, want int) {
	i.t.Helper()
	if got := i.listed(); got != want {
		i.t.Errorf("%s: %d entries, want %d", when, got, want)
	}
}

func TestImportThatIsKilled(t *testing.T) {
	t.Parallel()
	server := labtest.NeedRedis(t, lab.RedisOptions{})
	i := newImporter(t, server.URL())
	killed := i.start("import", i.file, "--source", "many")
	first := i.half()
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = killed.Wait()
	// Redis may still have something of it in hand.
	before := i.listed()
	for at := i.listed(); at != before; at = i.listed() {
		before = at
	}
	if before == 0 || before == faultRows {
		t.Fatalf("%d entries are there: that is not half-way", before)
	}
	// Nobody wants to wait until the dead one's lease ends.
	client := redis.NewClient(&redis.Options{Addr: server.Address()})
	t.Cleanup(func() { _ = client.Close() })
	if n, err := client.Del(t.Context(), "{ringfence}:lease:source:many").Result(); err != nil || n != 1 {
		t.Errorf("the lease of the one that was killed: %d, %v", n, err)
	}
	// By the second of its creation an entry of the next import is known.
	time.Sleep(time.Until(first.Started.Add(time.Second)))
	out := i.run("import", i.file, "--source", "many", "--output", "json")
	if want := fmt.Sprintf(`"added": %d,`, faultRows-before); !strings.Contains(out, want) || !strings.Contains(out, fmt.Sprintf(`"unchanged": %d,`, before)) {
		t.Errorf("the second run says %s, want %s", out, want)
	}
	i.expect("after the second run", faultRows)
	i.run("import", "undo", first.ID)
	i.expect("after the undo of the first", faultRows-before)
}

func TestImportThatIsInterrupted(t *testing.T) {
	t.Parallel()
	i := newImporter(t, labtest.NeedRedis(t, lab.RedisOptions{}).URL())
	stopped := i.start("import", i.file, "--source", "many")
	first := i.half()
	if err := stopped.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := stopped.Wait(); err == nil || stopped.ProcessState.ExitCode() != exitFailed {
		t.Errorf("it ended with %v", err)
	}
	want := "ringfence: interrupted; a part is imported: run it again to complete it, or undo it with: ringfence import undo " + first.ID + "\n"
	if got := stopped.errs.String(); !strings.HasSuffix(got, want) {
		t.Errorf("it says %s", got)
	}
	there := i.listed()
	if got := fmt.Sprintf("added   %d\n", there); !strings.Contains(stopped.out.String(), got) {
		t.Errorf("%d entries are there, it says %s", there, stopped.out.String())
	}
	if b, err := i.s.Batch(t.Context(), first.ID); err != nil || b.State != batch.Stopped || b.Counts.Added != int64(there) {
		t.Errorf("remembered is %+v, %v", b, err)
	}
	i.run("import", "undo", first.ID)
	i.expect("after the undo", 0)
}

func TestImportThroughAnOutage(t *testing.T) {
	t.Parallel()
	proxy := labtest.NewProxy(t, labtest.NeedRedis(t, lab.RedisOptions{}).Address())
	i := newImporter(t, "redis://"+proxy.Address())
	at := i.start("import", i.file, "--source", "many")
	first := i.half()
	proxy.Refuse()
	proxy.Cut()
	for !strings.Contains(at.errs.String(), "retrying for up to 1m0s") {
		if t.Context().Err() != nil {
			t.Fatal("the outage is not reported")
		}
		time.Sleep(5 * time.Millisecond)
	}
	if err := proxy.Pass(); err != nil {
		t.Fatal(err)
	}
	if err := at.Wait(); err != nil {
		t.Fatalf("%v: %s", err, at.errs.String())
	}
	i.expect("after the outage", faultRows)
	i.run("import", "undo", first.ID)
	i.expect("after the undo", 0)
}

// A primary that dies in the middle of an import takes its last writes with
// it: the import ends as if nothing had happened, and so does its undo.
func TestImportThroughAFailover(t *testing.T) {
	t.Parallel()
	const key = "{ringfence}:list"
	for name, start := range map[string]func(*testing.T) (url string, primary *lab.Redis, wait func(context.Context) error){
		"cluster": func(t *testing.T) (string, *lab.Redis, func(context.Context) error) {
			t.Helper()
			cluster := labtest.NeedRedisCluster(t)
			primary, err := cluster.Primary(t.Context(), key)
			if err != nil {
				t.Fatal(err)
			}
			return cluster.URL(), primary, func(ctx context.Context) error { return cluster.WaitFailover(ctx, primary, key) }
		},
		"sentinel": func(t *testing.T) (string, *lab.Redis, func(context.Context) error) {
			t.Helper()
			pair := labtest.NeedRedisSentinel(t)
			primary := pair.Servers()[0]
			return pair.URL(), primary, func(ctx context.Context) error { return pair.WaitFailover(ctx, primary) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url, primary, wait := start(t)
			i := newImporter(t, url)
			at := i.start("import", i.file, "--source", "many")
			first := i.half()
			if err := primary.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := at.Wait(); err != nil {
				t.Fatalf("%v: %s", err, at.errs.String())
			}
			if !strings.Contains(at.errs.String(), "retrying") {
				t.Errorf("the failover is not reported: %s", at.errs.String())
			}
			i.expect("after the failover", faultRows)
			i.run("import", "undo", first.ID)
			i.expect("after the undo", 0)
		})
	}
}

// lease makes every program that opens a file hang, as on a network file system without its server.
// The channel says that somebody does.
func lease(t *testing.T, name string) <-chan os.Signal {
	t.Helper()
	opened := make(chan os.Signal, 1)
	signal.Notify(opened, syscall.SIGIO)
	t.Cleanup(func() { signal.Stop(opened) })
	file, err := os.OpenFile(name, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	if _, _, number := syscall.Syscall(syscall.SYS_FCNTL, file.Fd(), syscall.F_SETLEASE, syscall.F_WRLCK); number != 0 {
		t.Fatal(number)
	}
	return opened
}

// Ensure a file that hangs, when it is opened or when it is read, does not keep the
// program from its end.
func TestAFileThatHangs(t *testing.T) {
	i := newImporter(t, labtest.NeedRedis(t, lab.RedisOptions{}).URL())
	for _, command := range []string{"import", "hours import"} {
		for _, ending := range []os.Signal{syscall.SIGINT, syscall.SIGTERM} {
			for _, place := range []string{"open", "read"} {
				name := filepath.Join(t.TempDir(), "list")
				if place == "read" {
					if err := syscall.Mkfifo(name, 0o600); err != nil {
						t.Fatal(err)
					}
				} else if err := os.WriteFile(name, []byte("number\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				var opened <-chan os.Signal
				if place == "open" {
					opened = lease(t, name)
				}
				hanging := i.start(append(strings.Fields(command), name)...)
				if place == "open" {
					<-opened
				} else {
					// It opens when somebody reads, and writes nothing.
					writer, err := os.OpenFile(name, os.O_WRONLY, 0)
					if err != nil {
						t.Fatal(err)
					}
					t.Cleanup(func() { _ = writer.Close() })
				}
				if err := hanging.Process.Signal(ending); err != nil {
					t.Fatal(err)
				}
				ended := make(chan struct{})
				go func() {
					_ = hanging.Wait() // The exit code says more.
					close(ended)
				}()
				select {
				case <-ended:
				case <-time.After(5 * time.Second):
					_ = hanging.Process.Kill()
					<-ended
				}
				if code := hanging.ProcessState.ExitCode(); code != exitFailed {
					t.Errorf("%s, %s, %s: exit code %d\n%s", command, place, ending, code, hanging.errs.String())
				}
			}
		}
	}
}
