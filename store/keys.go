package store

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// DefaultPrefix begins every key.
const DefaultPrefix = "{ringfence}:"

// schemaVersion is the version of what this file describes.
const schemaVersion = 1

// keys names every key. All of them begin with the prefix, whose braces are a
// hash tag: a Redis Cluster keeps all keys of an installation on one node, so
// that a script may touch any of them.
//
//	key (after the prefix)          kind     what it holds
//	list                            zset     a line a rule, see blacklist.AppendLine, score 0
//	created                         zset     the rules by their creation in Unix seconds
//	expires                         zset     the rules that end, by their end in Unix seconds
//	hits                            zset     the rules that have decided calls, by how many
//	last-hit                        zset     the same rules, by the last call in Unix seconds
//	prefixes                        zset     the lines of prefixes once more, score 0
//	allowed                         zset     the lines of exact rules that allow once more, score 0
//	rate:CALLER:WHEN                zset     the calls of a caller that a rate rule counts, by Unix milliseconds; WHEN is always
//	                                         or off-hours, and then :to:DIALLED if it counts each dialled number for itself; TTL
//	rate:CALLER                     zset     the keys of the latter, 100 at most, by their end in Unix milliseconds, TTL: 8 days
//	strikes:CALLER                  integer  how often rate rules have listed the caller, TTL: a year
//	ranged                          hash     the lines of exact rules for a range of dialled numbers once more, by their rules
//	settings                        hash     the settings that differ from their defaults
//	hours                           hash     texts of working time, by dialled number or range, or "default" for all others
//	calendars                       hash     what calendars of working time close, by their addresses
//	calendar:ADDRESS                hash     the state of such a calendar: last fetches, outcome, when it is due
//	version                         string   the version of the policy, COUNTER-EPOCH-TOKEN; the token is random and new with every change, the epoch with
//	                                         the first change of an empty Redis
//	calls                           stream   the call log, oldest first
//	calls:pages                     zset     the pages of the log, by the earliest call of each in Unix milliseconds
//	calls:page:1772366400000-0      string   a page, named by its first ID: a line for each record, see call_line.go
//	calls:page                      string   the name of the page that grows
//	writer:ID                       integer  the number of the last batch of call records of this writer, TTL: a day
//	audit                           stream   the audit log, oldest first, capped
//	events                          stream   the outbox: what rate rules have listed, oldest first, capped
//	events:cursor:SINK              string   the ID of the last event that a sink has delivered
//	batches                         zset     the ids of the batches, by their start in Unix milliseconds
//	batch:ID                        string   a batch as JSON, TTL: 30 days
//	batch:ID:journal                hash     its journal: numbered chunks of edits, compressed, TTL: 30 days
//	feeds                           set      the names of all feeds
//	feed:NAME                       hash     a feed: what was subscribed to, its secrets included
//	feed:NAME:state                 hash     the state of it: last checks, outcome, when it is due
//	lease:NAME                      string   who holds the lease of this name, HOST:PID and a token, TTL: half a minute
//	schema                          integer  the version of this table
type keys struct{ prefix string }

// tagged is a prefix with a hash tag.
var tagged = regexp.MustCompile(`^[^{}]*\{[^{}]+\}[^{}]*$`)

// newKeys puts a prefix without a hash tag into braces.
func newKeys(prefix string) (keys, error) {
	switch {
	case prefix == "":
		prefix = DefaultPrefix
	case tagged.MatchString(prefix):
	case strings.ContainsAny(prefix, "{}"):
		return keys{}, fmt.Errorf("invalid prefix %q of the keys: use for example %s", prefix, DefaultPrefix)
	default:
		prefix = "{" + strings.TrimSuffix(prefix, ":") + "}:"
	}
	return keys{prefix}, nil
}

// window returns the key of the calls that a rate rule counts.
func (k keys) window(call repeat.Call, rule repeat.Rule) string {
	key := k.windows(call.Caller) + ":" + string(rule.When)
	if rule.Scope == repeat.PerDialled {
		key += ":to:" + call.Dialled.String()
	}
	return key
}

// windows returns the key of the names of a caller's windows for dialled numbers.
func (k keys) windows(caller phone.Number) string { return k.prefix + "rate:" + caller.String() }

func (k keys) list() string     { return k.prefix + "list" }
func (k keys) created() string  { return k.prefix + "created" }
func (k keys) expires() string  { return k.prefix + "expires" }
func (k keys) hits() string     { return k.prefix + "hits" }
func (k keys) lastHit() string  { return k.prefix + "last-hit" }
func (k keys) prefixes() string { return k.prefix + "prefixes" }
func (k keys) allowed() string  { return k.prefix + "allowed" }
func (k keys) ranged() string   { return k.prefix + "ranged" }
func (k keys) settings() string { return k.prefix + "settings" }
func (k keys) hours() string    { return k.prefix + "hours" }
func (k keys) version() string  { return k.prefix + "version" }

func (k keys) calendars() string              { return k.prefix + "calendars" }
func (k keys) calendar(address string) string { return k.prefix + "calendar:" + address }

func (k keys) calls() string   { return k.prefix + "calls" }
func (k keys) audit() string   { return k.prefix + "audit" }
func (k keys) schema() string  { return k.prefix + "schema" }
func (k keys) batches() string { return k.prefix + "batches" }

func (k keys) events() string            { return k.prefix + "events" }
func (k keys) cursor(sink string) string { return k.events() + ":cursor:" + sink }

func (k keys) batch(id string) string   { return k.prefix + "batch:" + id }
func (k keys) journal(id string) string { return k.batch(id) + ":journal" }

func (k keys) feeds() string                { return k.prefix + "feeds" }
func (k keys) feed(name string) string      { return k.prefix + "feed:" + name }
func (k keys) feedState(name string) string { return k.feed(name) + ":state" }

func (k keys) lease(name string) string { return k.prefix + "lease:" + name }

func (k keys) callPages() string            { return k.calls() + ":pages" }
func (k keys) callPage(first string) string { return k.growingPage() + ":" + first }
func (k keys) growingPage() string          { return k.calls() + ":page" }
