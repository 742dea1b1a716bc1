package store

import (
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/calllog"
)

// A line of the log's pages holds what a record is found and counted by,
// separated by tabs: ID, LAG, CALLER, DIALLED, VERDICT, CHECK, HOURS, RULE. The
// lag is how many milliseconds after its call the record was written; the ID
// says when that was.

const lineParts = 8

// callLine returns a record's line from CALLER on; append.lua knows the rest.
func callLine(r calllog.Record) string {
	return escape(r.Caller) + "\t" + escape(r.Dialled) + "\t" + escape(string(r.Verdict)) + "\t" +
		escape(r.Check) + "\t" + escape(string(r.Hours)) + "\t" + escape(r.Rule)
}

// readCallLine returns what a line tells of its record; false means that
// somebody has damaged it. The texts are parts of the line.
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
		Caller: unescape(parts[2]), Dialled: unescape(parts[3]), Verdict: calllog.Verdict(unescape(parts[4])),
		Check: unescape(parts[5]), Hours: calllog.Hours(unescape(parts[6])), Rule: unescape(parts[7]),
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
	// needle stands in every line that is chosen; "" stands in all.
	needle string
	filter calllog.Filter
	found  []string
}

func newLineMatcher(filter calllog.Filter) *lineMatcher {
	m := &lineMatcher{filter: filter}
	beginning, prefix := strings.CutSuffix(filter.Caller, "*")
	switch {
	// What fewer lines have comes first.
	case prefix:
		m.needle = "\t" + escape(beginning)
	case filter.Caller != "":
		m.needle = "\t" + escape(filter.Caller) + "\t"
	case filter.Rule != "":
		m.needle = " " + escape(filter.Rule)
	case filter.Verdict != "" && filter.Verdict != calllog.Passed:
		m.needle = "\t" + escape(string(filter.Verdict)) + "\t"
	case filter.Check != "":
		m.needle = "\t" + escape(filter.Check) + "\t"
	case filter.Dialled != "":
		m.needle = "\t" + escape(filter.Dialled) + "\t"
	case filter.Hours != "":
		m.needle = "\t" + escape(string(filter.Hours)) + "\t"
	}
	return m
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
		if length < 0 { // A page that was damaged by hand.
			break
		}
		m.found = append(m.found, page[start:at+length])
		page = page[at+length+1:]
	}
	return m.found
}
