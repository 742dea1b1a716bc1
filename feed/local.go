package feed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/ringfence/ringfence/ctxio"
)

// fetchLocal copies a file of this machine, so that one version of it is read.
func (f *Fetcher) fetchLocal(ctx context.Context, feed Feed, address *url.URL, known Validators) (*File, error) {
	path, err := localPath(address)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := newIdleWatch(f.config.Idle, func() {
		cancel(failuref("the file gave nothing for %s, and its read was abandoned: check its file system", f.config.Idle))
	})
	defer watch.stop()
	file, err := f.reads.run(ctx, path, func() (*File, error) {
		return f.readLocal(ctx, path, feed.MaxSize, known, watch)
	})
	if err != nil {
		return nil, causeOf(ctx, err)
	}
	return file, nil
}

// readLocal opens and copies a file below an allowed folder.
func (f *Fetcher) readLocal(ctx context.Context, path string, limit int64, known Validators, watch *idleWatch) (*File, error) {
	source, err := f.open(path)
	if err != nil {
		return nil, err
	}
	defer source.Close() //nolint:errcheck // It is only read.
	before, err := version(source)
	if err != nil {
		return nil, err
	}
	if before == known {
		return nil, ErrUnchanged
	}
	file, err := f.save(watched{ctxio.Reader(ctx, source), watch}, limit, "")
	if err != nil {
		return nil, err
	}
	if after, err := version(source); err != nil || after != before {
		return nil, errors.Join(failuref("the file was changed while it was read"), file.Close())
	}
	file.Validators = before
	return file, nil
}

// source is an open file.
type source interface {
	io.ReadCloser
	Stat() (os.FileInfo, error)
}

// open opens a regular file below an allowed folder. No link leads out of the folder.
func (f *Fetcher) open(path string) (file source, err error) {
	for _, folder := range f.config.Access.foldersOf(path) {
		if file, err = f.config.open(folder, path); err == nil {
			return file, nil
		}
	}
	return nil, err
}

func openBelow(folder, path string) (source, error) {
	inside, err := filepath.Rel(folder, path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, err
	}
	defer root.Close() //nolint:errcheck // It is only read.
	about, err := root.Stat(inside)
	if err != nil {
		return nil, openFailure(err)
	}
	if !about.Mode().IsRegular() {
		return nil, errIrregular
	}
	// Another file may have its name now: a pipe must not wait for its writer.
	file, err := root.OpenFile(inside, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, openFailure(err)
	}
	if about, err := file.Stat(); err != nil || !about.Mode().IsRegular() {
		return nil, errors.Join(errIrregular, file.Close())
	}
	return file, nil
}

var errIrregular = failuref("not a regular file")

// openFailure rewords the error of an os.Root: without a number of the system it is
// a link that the root does not follow.
func openFailure(err error) error {
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return err
	}
	return failuref("the file is a link that leads out of its folder in feed-folders, or an absolute link")
}

func version(file source) (Validators, error) {
	about, err := file.Stat()
	if err != nil {
		return Validators{}, err
	}
	return Validators{ETag: fmt.Sprintf("%d bytes of %s", about.Size(), about.ModTime().UTC().Format("2006-01-02T15:04:05.000000000Z"))}, nil
}

// maxAbandoned is the maximum number of files with abandoned reads: each has a thread.
const maxAbandoned = 8

// reads are the reads of files. The end of a context does not end one that hangs in a
// system call, as on a network file system without its server: it is abandoned.
type reads struct {
	// grace is how long a read may take to notice the end of its context.
	grace time.Duration
	mu    sync.Mutex
	// abandoned is how many reads of each file were abandoned and still hang.
	abandoned map[string]int
}

// run runs work, which reads the file at a path, until ctx ends.
func (r *reads) run(ctx context.Context, path string, work func() (*File, error)) (*File, error) {
	r.mu.Lock()
	again, many := r.abandoned[path] > 0, len(r.abandoned) >= maxAbandoned
	r.mu.Unlock()
	switch {
	case again:
		return nil, failuref("an earlier read of the file still hangs: check its file system")
	case many:
		return nil, failuref("the reads of %d other files hang: check their file systems", maxAbandoned)
	}
	done, left := make(chan read, 1), false
	go func() {
		got := readSafely(work)
		r.mu.Lock()
		defer r.mu.Unlock()
		if !left {
			done <- got
			return
		}
		if r.abandoned[path]--; r.abandoned[path] == 0 {
			delete(r.abandoned, path)
		}
		if got.file != nil {
			_ = got.file.Close() // Nobody waits for it.
		}
	}()
	select {
	case got := <-done:
		return got.file, got.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(r.grace)
	defer timer.Stop()
	select {
	case got := <-done:
		return got.file, got.err
	case <-timer.C:
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	select {
	case got := <-done:
		return got.file, got.err
	default:
	}
	left = true
	r.abandoned[path]++
	return nil, ctx.Err()
}

// read is the result of reading a file.
type read struct {
	file *File
	err  error
}

func readSafely(work func() (*File, error)) (got read) {
	defer recoverPanic(&got.err)
	got.file, got.err = work()
	return got
}
