package replay_test

import (
	"cmp"
	"slices"
	"strconv"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/repeat"
	"github.com/ringfence/ringfence/replay"
)

var someRules = []string{
	"2 in 10s always", "3 in 1m always for 1m", "3 in 30s", "2 in 20s always per dialled for 2m; 4 in 1m always",
	"2 in 5s; 3 in 40s always for 1m; 2 in 10s always per dialled", "4 in 2m for 5m; 3 in 1m always per dialled for 1m",
}

// The report is that of a plain search through all calls before each one.
func TestReplay_IsAPlainSearch(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		plan := replay.Plan{
			Rules: rules(t, rapid.SampledFrom(someRules).Draw(t, "rules")), Schedule: hours(t),
			Allowed: blacklist.NewRules(someAllowed(t)),
		}
		records := someRecords(t)
		report := run(plan, records)
		slices.SortStableFunc(records, func(a, b calllog.Record) int { return a.Time.Compare(b.Time) })
		listed := (&plain{Plan: plan, honour: true}).search(t, records)
		var spared []replay.Listing
		for _, l := range (&plain{Plan: plan}).search(t, records) {
			if l.Allowed && !slices.ContainsFunc(listed, func(o replay.Listing) bool { return sameCall(l, o) }) {
				spared = append(spared, l)
			}
		}
		if diff := gocmp.Diff(inOrder(listed), inOrder(report.Listed), comparing); diff != "" {
			t.Fatalf("listed (-plain +got):\n%s", diff)
		}
		if diff := gocmp.Diff(inOrder(spared), inOrder(report.Spared), comparing); diff != "" {
			t.Fatalf("spared (-plain +got):\n%s", diff)
		}
	})
}

func sameCall(a, b replay.Listing) bool {
	return a.Caller == b.Caller && a.At.Equal(b.At) && a.Rule == b.Rule && a.Dialled == b.Dialled
}

func inOrder(listings []replay.Listing) []replay.Listing {
	slices.SortStableFunc(listings, func(a, b replay.Listing) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Caller.String(), b.Caller.String()))
	})
	return listings
}

func someAllowed(t *rapid.T) []blacklist.Entry {
	var entries []blacklist.Entry
	for _, text := range []string{customer, customer + ":to:200", customer + ":to:2*", nuisance + ":to:10*", "+493055*"} {
		if rapid.IntRange(0, 3).Draw(t, "allow "+text) == 0 {
			entries = append(entries, blacklist.Entry{Rule: rule(t, text), Kind: blacklist.Allow})
		}
	}
	return entries
}

// someRecords are calls around the end of the working time, some of which are
// written after their turn.
func someRecords(t *rapid.T) []calllog.Record {
	at := evening.Add(-62 * time.Minute)
	var records []calllog.Record
	for i := range rapid.IntRange(0, 60).Draw(t, "calls") {
		at = at.Add(time.Duration(rapid.IntRange(0, 20_000).Draw(t, "pause")) * time.Millisecond)
		caller := rapid.SampledFrom([]string{nuisance, customer, "+4930555", "withheld"}).Draw(t, "caller")
		r := calllog.Record{
			ID: strconv.Itoa(i), Time: at, Caller: caller, Verdict: calllog.Passed, Check: "default",
			Dialled: rapid.SampledFrom([]string{"100", "200", ""}).Draw(t, "dialled"),
		}
		switch rapid.IntRange(0, 9).Draw(t, "decided") {
		case 0:
			by(calllog.Passed, "list", "allow "+caller)(&r)
		case 1:
			by(calllog.Passed, "prefix", "allow +4930*")(&r)
		case 2:
			by(calllog.Refused, "prefix", "block +4930*")(&r)
		case 3:
			by(calllog.Observed, "repeat", "")(&r)
		case 4:
			by(calllog.Passed, "list", "allow "+caller+" for calls to "+rapid.SampledFrom([]string{"100", "1*"}).Draw(t, "to"))(&r)
		}
		records = append(records, r)
	}
	for i := range records {
		if j := rapid.IntRange(i, min(i+3, len(records)-1)).Draw(t, "written"); !records[i].Time.Equal(records[j].Time) {
			records[i], records[j] = records[j], records[i]
		}
	}
	return records
}

// plain does what a Replay does by looking at all calls again and again, with
// the list as entries that it asks by blacklist.Compare.
type plain struct {
	replay.Plan
	// honour says that what is allowed counts.
	honour bool

	counted  []counted
	listings []*replay.Listing
	ended    map[*replay.Listing]bool
	allowed  map[phone.Number]bool
}

// counted is a call that counts by a rule.
type counted struct {
	repeat.Call
	rule repeat.Rule
	gone bool
}

func (p *plain) search(t *rapid.T, records []calllog.Record) []replay.Listing {
	p.ended, p.allowed = map[*replay.Listing]bool{}, map[phone.Number]bool{}
	for _, record := range records {
		caller := number(t, record.Caller)
		if !caller.Known() || record.Rule == "block +4930*" {
			continue
		}
		call := repeat.Call{ID: record.ID, Caller: caller, Dialled: number(t, record.Dialled), At: record.Time}
		allow := p.allow(t, record, call)
		if allow != nil {
			p.allowed[caller] = true
			if !p.honour {
				allow = nil
			}
		}
		p.take(t, call, allow)
	}
	var all []replay.Listing
	for _, l := range p.listings {
		l.Allowed = p.allowed[l.Caller]
		all = append(all, *l)
	}
	return all
}

func (p *plain) allow(t *rapid.T, record calllog.Record, call repeat.Call) *blacklist.Entry {
	if record.Check == "list" || record.Check == "prefix" {
		entry := must(blacklist.ParseEntry(record.Rule))(t)
		return &entry
	}
	for _, entry := range p.Allowed.Match(call.Caller, call.Dialled, call.At) {
		return &entry
	}
	return nil
}

func entryOf(t *rapid.T, l *replay.Listing) blacklist.Entry {
	entry := blacklist.Entry{Rule: rule(t, l.Caller.String()), Kind: blacklist.Block}
	entry.Rule.To = l.Dialled.Pattern()
	return entry
}

func (p *plain) take(t *rapid.T, call repeat.Call, allow *blacklist.Entry) {
	var speaks *replay.Listing
	for _, l := range p.listings {
		entry := entryOf(t, l)
		if allow != nil && allow.Rule == entry.Rule && l.Caller == call.Caller {
			p.ended[l] = true
		}
		if p.ended[l] || !l.Until.IsZero() && !call.At.Before(l.Until) || !entry.Rule.Matches(call.Caller, call.Dialled) ||
			allow != nil && blacklist.Compare(*allow, entry) < 0 {
			continue
		}
		if speaks == nil || blacklist.Compare(entry, entryOf(t, speaks)) < 0 {
			speaks = l
		}
	}
	switch {
	case speaks != nil:
		speaks.Later++
	case allow == nil:
		p.count(call)
	}
}

func (p *plain) count(call repeat.Call) {
	var active repeat.Rules
	for _, rule := range p.Rules {
		if (rule.When == repeat.Always || p.Schedule.At(call.Dialled, call.At).Closed()) &&
			(rule.Scope == repeat.PerCaller || call.Dialled.Known()) {
			active = append(active, rule)
			p.counted = append(p.counted, counted{Call: call, rule: rule})
		}
	}
	for _, rule := range active {
		n := 0
		for _, c := range p.counted {
			if !c.gone && c.rule == rule && together(c.Call, call, rule) && call.At.Sub(c.At) <= rule.Within {
				n++
			}
		}
		if n < rule.Calls {
			continue
		}
		for i, c := range p.counted {
			if slices.Contains(active, c.rule) && together(c.Call, call, c.rule) && (rule.Scope == repeat.PerCaller || c.rule.Scope == repeat.PerDialled) {
				p.counted[i].gone = true
			}
		}
		p.list(call, rule)
		return
	}
}

func together(a, b repeat.Call, rule repeat.Rule) bool {
	return a.Caller == b.Caller && (rule.Scope == repeat.PerCaller || a.Dialled == b.Dialled)
}

func (p *plain) list(call repeat.Call, rule repeat.Rule) {
	l := &replay.Listing{Caller: call.Caller, At: call.At, Rule: rule, Strike: 1}
	for _, earlier := range p.listings {
		if earlier.Caller == call.Caller {
			l.Strike++
		}
	}
	if rule.Scope == repeat.PerDialled {
		l.Dialled = call.Dialled
	}
	if life := rule.Lasts(l.Strike); life > 0 {
		// An entry ends at the end of a second.
		l.Until = call.At.Add(life + time.Second - time.Nanosecond).Truncate(time.Second)
	}
	p.listings = append(p.listings, l)
}
