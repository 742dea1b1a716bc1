package store

import (
	"errors"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
)

// DefaultPrefix begins every key.
const DefaultPrefix = "ringfence:"

// schemaVersion is the version of what this file describes.
const schemaVersion = 3

// keys names every key. What stands in braces decides where a Redis Cluster
// puts the key: all keys of one caller lie together, and all of the policy.
//
//	key (after the prefix)              kind     what it holds
//	{+4930123456}                       hash     the entry of an exact number, TTL: its expiry
//	{+4930123456}:to:+49308888          hash     the same, for one dialled number
//	{+4930123456}:repeat:off-hours      string   the calls of a number that a rate rule counts, lines of Unix milliseconds and the call; or :always,
//	                                             and then :to:DIALLED if it counts each dialled number for itself; TTL: the rule's span
//	{+4930123456}:repeat:…:listed       string   the same, as it was when the rule listed the number, likewise
//	{+4930123456}:repeat                set      the names of those with a :to:DIALLED, TTL: 8 days
//	{+4930123456}:strikes               integer  how often rate rules have listed the number, TTL: a year
//	{+4930123456}:telling               string   who tells that a rate rule has listed the number, TTL: 10 seconds
//	{policy}:+4420*                     hash     the entry of a prefix, TTL: its expiry
//	{policy}:+4420*:to:+49308888        hash     the same, for one dialled number
//	{policy}:prefixes                   set      the rules of all prefix entries
//	{policy}:allowed                    zset     the rules of exact numbers that are allowed, score 0
//	{policy}:settings                   hash     the settings that differ from their defaults
//	{policy}:hours                      hash     texts of working time, by dialled number, or "default" for all others
//	{policy}:calendars                  hash     what the iCal feeds close that hours name, by their addresses
//	{policy}:calendar:ADDRESS           hash     what became of such a feed: last looks, outcome, when it is due
//	{policy}:version                    integer  grows with every change of {policy}
//	{index}:by-number                   zset     the pages of the index, by the least key of each ('' for the first), score 0
//	{index}:by-number:+4930123456       string   a page: lines in the order of their rules, see index.lua
//	{index}:by-created                  zset     pages as well, their lines are CREATED RULE
//	{index}:by-created:1772366400 +4930 string   a page
//	{index}:by-expiry                   zset     pages as well, their lines are EXPIRES RULE
//	{index}:by-expiry:1772366400 +4930  string   a page
//	{index}:hits                        zset     the rules of entries that decided a call, by how many
//	{index}:last_hit                    zset     the same rules, by the last call in Unix seconds
//	{index}:count                       integer  how many lines there are by number
//	{index}:removals                    integer  grows with every line that is removed or replaced
//	{index}:pending                     hash     changes on their way: when they began, and their rules
//	{index}:created                     zset     of version 1, gone once its rules are in the trees
//	lease:NAME                          string   who does what has this name, HOST:PID and a token, TTL: half a minute
//	{feeds}                             set      the names of all feeds
//	{feeds}:NAME                        hash     a feed: what was subscribed to, its secrets included
//	{feeds}:NAME:state                  hash     what became of it: last looks, outcome, when it is due
//	events                              stream   the outbox: what rate rules have listed, oldest first, capped
//	events:cursor:SINK                  string   the ID of the last event that a sink has delivered
//	calls                               stream   the call log, oldest first
//	{PREFIXcalls}:pages                 zset     the pages of the log, by the earliest call of each in Unix milliseconds
//	{PREFIXcalls}:pages:1772366400000-0 string   a page, named by its first ID: a line for each record, see call_line.go
//	{PREFIXcalls}:page                  string   the name of the page that grows
//	audit                               stream   the audit trail, oldest first, capped
//	batches                             zset     the ids of the batches, by their start in Unix milliseconds
//	{batch:ID}                          string   a batch as JSON, TTL: 30 days
//	{batch:ID}:edits                    hash     its journal: numbered chunks of edits, compressed, TTL: 30 days
//	{PREFIXcalls}:writer:ID             integer  after a failed write: older attempts are void, TTL: a day
//	schema                              integer  the version of this table
//
// An entry's fields are kind, action, reason, source, author, created and
// last_hit (Unix seconds) and hits, and untold while nobody has been told what a
// rate rule has listed; what is empty or zero is left out. A call's
// fields are those of recordFields. An event of the trail has by, via, action,
// batch and note, and as JSON edits, settings and counts.
type keys struct{ prefix string }

func newKeys(prefix string) (keys, error) {
	if prefix == "" {
		prefix = DefaultPrefix
	}
	if strings.ContainsAny(prefix, "{}") {
		return keys{}, errors.New("the prefix of the keys must not contain { or }: they decide where a Redis Cluster puts a key")
	}
	return keys{prefix}, nil
}

// entry returns the key of the entry with the given rule.
func (k keys) entry(rule blacklist.Rule) string {
	if rule.Pattern.IsPrefix() {
		return k.policyEntry() + rule.String()
	}
	number := rule.Pattern.String()
	return k.prefix + "{" + number + "}" + strings.TrimPrefix(rule.String(), number)
}

// window returns the key of the calls that a rate rule counts.
func (k keys) window(call repeat.Call, rule repeat.Rule) string {
	key := k.caller(call.Caller) + ":repeat:" + string(rule.When)
	if rule.Scope == repeat.PerDialled {
		key += ":to:" + call.Dialled.String()
	}
	return key
}

// windows returns the key of the set of a caller's windows for dialled numbers.
func (k keys) windows(caller phone.Number) string { return k.caller(caller) + ":repeat" }

func (k keys) strikes(caller phone.Number) string { return k.caller(caller) + ":strikes" }

// telling lies in the slot of the entry of a rule.
func (k keys) telling(rule blacklist.Rule) string {
	return k.prefix + "{" + rule.Pattern.String() + "}:telling"
}

// caller begins the keys that hold what one caller has done.
func (k keys) caller(number phone.Number) string { return k.prefix + "{" + number.String() + "}" }

// policyEntry begins the keys of prefix entries.
func (k keys) policyEntry() string { return k.prefix + "{policy}:" }

func (k keys) prefixes() string { return k.prefix + "{policy}:prefixes" }
func (k keys) allowed() string  { return k.prefix + "{policy}:allowed" }
func (k keys) settings() string { return k.prefix + "{policy}:settings" }
func (k keys) hours() string    { return k.prefix + "{policy}:hours" }
func (k keys) version() string  { return k.prefix + "{policy}:version" }

func (k keys) calendars() string              { return k.prefix + "{policy}:calendars" }
func (k keys) calendar(address string) string { return k.prefix + "{policy}:calendar:" + address }

func (k keys) byNumber() string  { return k.prefix + "{index}:by-number" }
func (k keys) byCreated() string { return k.prefix + "{index}:by-created" }
func (k keys) byExpiry() string  { return k.prefix + "{index}:by-expiry" }
func (k keys) hits() string      { return k.prefix + "{index}:hits" }
func (k keys) lastHit() string   { return k.prefix + "{index}:last_hit" }
func (k keys) count() string     { return k.prefix + "{index}:count" }
func (k keys) removals() string  { return k.prefix + "{index}:removals" }

// created is the index of version 1.
func (k keys) created() string { return k.prefix + "{index}:created" }

func (k keys) pending() string { return k.prefix + "{index}:pending" }

// index returns the keys of index.lua. The last one is gone when it ends.
func (k keys) index() []string {
	return []string{
		k.byNumber(), k.byCreated(), k.byExpiry(), k.count(), k.removals(), k.hits(), k.lastHit(),
		k.prefix + "{index}:sorting",
	}
}

func (k keys) calls() string   { return k.prefix + "calls" }
func (k keys) events() string  { return k.prefix + "events" }
func (k keys) audit() string   { return k.prefix + "audit" }
func (k keys) schema() string  { return k.prefix + "schema" }
func (k keys) batches() string { return k.prefix + "batches" }

func (k keys) cursor(sink string) string { return k.events() + ":cursor:" + sink }

func (k keys) batch(id string) string      { return k.prefix + "{batch:" + id + "}" }
func (k keys) batchEdits(id string) string { return k.batch(id) + ":edits" }

func (k keys) feeds() string           { return k.prefix + "{feeds}" }
func (k keys) feed(name string) string { return k.feeds() + ":" + name }

func (k keys) feedState(name string) string { return k.feed(name) + ":state" }

// lease returns the key of a lease, which never shares a script with another.
func (k keys) lease(name string) string { return k.prefix + "lease:" + name }

// besideCalls begins the keys in the slot of calls, whose whole name decides
// about it.
func (k keys) besideCalls() string { return k.prefix + "{" + k.calls() + "}:" }

func (k keys) callPages() string            { return k.besideCalls() + "pages" }
func (k keys) callPage(first string) string { return k.callPages() + ":" + first }
func (k keys) growingPage() string          { return k.besideCalls() + "page" }
func (k keys) writer(id string) string      { return k.besideCalls() + "writer:" + id }
