package store

import (
	"errors"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"
	"github.com/ringfence/ringfence/retry"
)

// refusal is a reply by which Redis refuses a command. Code is a part of the
// reply: those of scripts have more around it.
type refusal struct {
	code   string
	reason Reason
	words  string
}

// Reason says in a word why Redis is of no use, or not of full use.
type Reason string

// The reasons.
const (
	Unreachable Reason = "unreachable"
	NewerSchema Reason = "newer-schema"
	NoReplicas  Reason = "no-replicas"
	OutOfMemory Reason = "out-of-memory"
	DiskFails   Reason = "disk-fails"
	IsReplica   Reason = "replica"
	NotAllowed  Reason = "not-allowed"
	WrongLogin  Reason = "wrong-login"
	Damaged     Reason = "damaged"
	OtherReason Reason = "other"
)

// ReasonOf returns the reason of an error of the store.
func ReasonOf(err error) Reason {
	var damaged *DamagedError
	switch text := err.Error(); {
	case errors.Is(err, ErrNewerSchema):
		return NewerSchema
	case errors.As(err, &damaged):
		return Damaged
	case strings.Contains(text, "NOAUTH"):
		return WrongLogin
	default:
		for _, refusal := range refusals {
			if strings.Contains(text, refusal.code) {
				return refusal.reason
			}
		}
	}
	if errors.Is(err, retry.ErrUnreachable) {
		return Unreachable
	}
	return OtherReason
}

// refusals are those of every kind of Redis.
var refusals = []refusal{
	{"WRONGPASS", WrongLogin, "refuses the user name or the password of the URL"},
	{"NOPERM", NotAllowed, notAllowed},
	{"ACL failure in script", NotAllowed, notAllowed},
	{"OOM ", OutOfMemory, "is full: remove other data or raise its limit, CONFIG SET maxmemory BYTES"},
	{"READONLY", IsReplica, "is a replica, which refuses changes: name the primary in the URL"},
	{"NOREPLICAS", NoReplicas, "refuses changes, since too few replicas follow it: start them, or CONFIG SET min-replicas-to-write 0"},
	{"MISCONF", DiskFails, "refuses changes, since it cannot save its data: make room on its disk and read its log"},
	{"WRONGTYPE", Damaged, "holds something else under a key of ours, which ringfence doctor names: put it aside with redis-cli RENAMENX KEY KEY.damaged, and restore it from a backup"},
	{"cluster support disabled", OtherReason, "is not a cluster: name one server in the URL, without addr"},
	{"SELECT is not allowed in cluster mode", OtherReason, "is a node of a cluster, which has no databases but 0: leave the database out, and name a second node, redis://HOST:PORT?addr=HOST2:PORT"},
}

// notAllowed is about a user without a right.
const notAllowed = "does not permit this to the user of the URL; ringfence doctor shows the missing rights"

// words says what a refusal means for the user of the URL, "" if it can't tell.
func (t target) words(err error) string {
	text := err.Error()
	switch {
	case strings.Contains(text, "NOAUTH") || strings.Contains(text, "unauthenticated"):
		return "asks for a password: write it into the URL, " + t.withPassword()
	case redis.HasErrorPrefix(err, "MOVED ") || redis.HasErrorPrefix(err, "ASK "):
		return "is a node of a cluster: name a second one in the URL, redis://" + t.server.Addr + "?addr=" + movedTo(text)
	case strings.Contains(text, "unknown command") && t.server != nil:
		return "keeps no data; if it is a sentinel, name the primary that it knows, and a second sentinel, in the URL: redis://" +
			t.server.Addr + "/0?master_name=mymaster&addr=HOST2:26379"
	}
	for _, refusal := range refusals {
		if strings.Contains(text, refusal.code) {
			return refusal.words
		}
	}
	return ""
}

// movedTo returns the node that a reply such as "MOVED 3999 10.0.0.2:7001"
// names.
func movedTo(text string) string {
	parts := strings.Fields(text)
	if host, port, err := net.SplitHostPort(parts[len(parts)-1]); err == nil && host != "" {
		return net.JoinHostPort(host, port)
	}
	return "HOST2:PORT"
}

// withPassword shows where a URL has a password.
func (t target) withPassword() string {
	switch {
	case t.sentinel != nil:
		return "redis://HOST:26379/0?master_name=" + t.sentinel.MasterName + "&password=PASSWORD"
	case t.cluster != nil:
		return "redis://:PASSWORD@HOST:PORT?addr=HOST2:PORT"
	}
	return "redis://:PASSWORD@HOST:PORT"
}

// sentinelWords says what the reply of a sentinel means.
func (t target) sentinelWords(reply redis.Error) string {
	text := reply.Error()
	switch {
	case errors.Is(reply, redis.Nil):
		return "no sentinel knows a primary of this name, which SENTINEL MASTERS lists: write it to master_name in the URL"
	case strings.Contains(text, "NOAUTH") || strings.Contains(text, "unauthenticated"):
		return "the sentinels ask for a password: write it before the host in the URL, redis://:PASSWORD@HOST:26379/0?master_name=" + t.sentinel.MasterName
	case strings.Contains(text, "WRONGPASS"):
		return "the sentinels refuse the user name or the password before the host in the URL; those of Redis itself are username and password after the ?"
	case strings.Contains(text, "unknown command"):
		return "that is not a sentinel: leave master_name out of the URL, or name the port of the sentinels, often 26379"
	}
	return "the sentinels do not know where the primary is"
}
