package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
)

// A line of the log's pages holds what a record is found and counted by,
// separated by tabs: ID, LAG, CALLER, DIALLED, VERDICT, CHECK, HOURS, RULE. The
// lag is how many milliseconds after its call the record was written; the ID
// says when that was.

const lineParts = 8

// callLine returns a record's line from CALLER on; calls.lua knows the rest.
func callLine(r *calllog.Record) string {
	return blacklist.Escape(r.Caller) + "\t" + blacklist.Escape(r.Dialled) + "\t" + blacklist.Escape(string(r.Verdict)) + "\t" +
		blacklist.Escape(r.Check) + "\t" + blacklist.Escape(string(r.Hours)) + "\t" + blacklist.Escape(r.Rule)
}

// readCallLine returns what a line says of its record; false means that it is
// damaged. The texts are parts of the line.
func readCallLine(line string) (calllog.Record, bool) {
	var parts [lineParts]string
	rest := line
	for i := range lineParts - 1 {
		tab := strings.IndexByte(rest, '\t')
		if tab < 0 {
			return calllog.Record{}, false
		}
		parts[i], rest = rest[:tab], rest[tab+1:]
	}
	parts[lineParts-1] = rest
	id, valid := readStreamID(parts[0])
	lag, err := strconv.ParseInt(parts[1], 10, 64)
	if !valid || err != nil || strings.IndexByte(rest, '\t') >= 0 {
		return calllog.Record{}, false
	}
	return calllog.Record{
		ID: parts[0], Time: time.UnixMilli(id.ms - lag).UTC(),
		Caller: blacklist.Unescape(parts[2]), Dialled: blacklist.Unescape(parts[3]), Verdict: calllog.Verdict(blacklist.Unescape(parts[4])),
		Check: blacklist.Unescape(parts[5]), Hours: calllog.Hours(blacklist.Unescape(parts[6])), Rule: blacklist.Unescape(parts[7]),
	}, true
}

// streamID is the ID of a record: when it was written in Unix milliseconds, and
// a number among those of the same moment.
type streamID struct{ ms, seq int64 }

func readStreamID(text string) (streamID, bool) {
	ms, seq, found := strings.Cut(text, "-")
	id, err := streamID{}, error(nil)
	if id.ms, err = strconv.ParseInt(ms, 10, 64); err != nil || !found || id.ms < 0 {
		return streamID{}, false
	}
	if id.seq, err = strconv.ParseInt(seq, 10, 64); err != nil || id.seq < 0 {
		return streamID{}, false
	}
	return id, true
}

func (id streamID) before(other streamID) bool {
	return id.ms < other.ms || id.ms == other.ms && id.seq < other.seq
}

// lineMatcher finds the lines that a filter may choose.
type lineMatcher struct {
	// needle is a part of every line that is chosen; "" is a part of all.
	needle string
	filter calllog.Filter
	found  []string
}

func newLineMatcher(filter calllog.Filter) *lineMatcher {
	m := &lineMatcher{filter: filter}
	switch {
	// What fewer lines have comes first.
	case filter.Caller != "":
		m.needle = numberNeedle(filter.Caller)
	case filter.Rule != "":
		m.needle = " " + blacklist.Escape(filter.Rule)
	case filter.Verdict != "" && filter.Verdict != calllog.Passed:
		m.needle = "\t" + blacklist.Escape(string(filter.Verdict)) + "\t"
	case filter.Check != "":
		m.needle = "\t" + blacklist.Escape(filter.Check) + "\t"
	case filter.Dialled != "":
		m.needle = numberNeedle(filter.Dialled)
	case filter.Hours != "":
		m.needle = "\t" + blacklist.Escape(string(filter.Hours)) + "\t"
	}
	return m
}

// numberNeedle is a part of every line with a number that the pattern matches.
func numberNeedle(pattern string) string {
	if beginning, prefix := strings.CutSuffix(pattern, "*"); prefix {
		return "\t" + blacklist.Escape(beginning)
	}
	return "\t" + blacklist.Escape(pattern) + "\t"
}

// lines returns the lines of a page that have the needle, from the first to the
// last. They are valid until the next page.
func (m *lineMatcher) lines(page string) []string {
	m.found = m.found[:0]
	for page != "" {
		at := strings.Index(page, m.needle)
		if at < 0 {
			break
		}
		start := strings.LastIndexByte(page[:at], '\n') + 1
		length := strings.IndexByte(page[at:], '\n')
		if length < 0 { // A damaged page.
			break
		}
		m.found = append(m.found, page[start:at+length])
		page = page[at+length+1:]
	}
	return m.found
}
