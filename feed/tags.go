package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"sync"
)

// maxTags is the maximum number of ETags in memory.
const maxTags = 1000

// tags are ETags of servers by their digests. The digest is stored, the ETag is not: it
// may be any text of a server.
type tags struct {
	mu       sync.Mutex
	byDigest map[string]string
}

// validators returns the validators of an answer.
func (t *tags) validators(header http.Header) Validators {
	var v Validators
	if tag := header.Get("ETag"); tag != "" {
		sum := sha256.Sum256([]byte(tag))
		v.ETag = hex.EncodeToString(sum[:16])
		t.keep(v.ETag, tag)
	}
	if at, err := http.ParseTime(header.Get("Last-Modified")); err == nil {
		v.LastModified = at.UTC().Format(http.TimeFormat)
	}
	return v
}

func (t *tags) keep(digest, tag string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.byDigest == nil || len(t.byDigest) >= maxTags {
		t.byDigest = map[string]string{}
	}
	t.byDigest[digest] = tag
}

// tag returns the ETag of a digest, "" if this process has not seen it.
func (t *tags) tag(digest string) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.byDigest[digest]
}
