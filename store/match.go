package store

import (
	"bytes"
	"iter"
	"strconv"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// matcher finds the lines by number that a query may choose. It takes nothing
// of a line apart, nor copies it, before it is found.
type matcher struct {
	start, kind, source []byte
	// search is the text as a line has it, in lower case; anchor is the longest
	// part of it that is ASCII, whose case is quickly made low. Text that isn't
	// is compared once the anchor is found.
	search, anchor []byte
	numbers        [][]byte
	// folds says that search has letters, so that case makes a difference.
	folds bool

	page, fold, folded []byte
}

func newMatcher(q Query) *matcher {
	m := &matcher{
		start: []byte(q.Start), kind: []byte(q.Kind), source: []byte(escape(q.Source)),
		search: []byte(strings.ToLower(escape(q.Search))),
	}
	for _, number := range q.Numbers {
		m.numbers = append(m.numbers, []byte(number))
	}
	m.anchor = longestASCII(m.search)
	m.folds = strings.ToUpper(q.Search) != strings.ToLower(q.Search)
	return m
}

func longestASCII(text []byte) []byte {
	var longest []byte
	for _, run := range bytes.FieldsFunc(text, func(r rune) bool { return r >= 0x80 }) {
		if len(run) > len(longest) {
			longest = run
		}
	}
	return longest
}

// lines yields the lines of a page that match. They are valid until the next.
func (m *matcher) lines(page string) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		m.page = append(m.page[:0], page...)
		m.folded = m.page
		if m.folds {
			m.fold = append(m.fold[:0], page...)
			foldASCII(m.fold)
			m.folded = m.fold
		}
		if !m.likely() {
			return
		}
		for from := 0; from < len(m.page); {
			length := bytes.IndexByte(m.page[from:], '\n')
			if length < 0 {
				length = len(m.page) - from
			}
			if m.matches(m.page[from:from+length], m.folded[from:from+length]) && !yield(m.page[from:from+length]) {
				return
			}
			from += length + 1
		}
	}
}

// likely reports whether the page at hand may have a line that matches.
func (m *matcher) likely() bool {
	if !bytes.Contains(m.page, m.kind) || !bytes.Contains(m.page, m.source) {
		return false
	}
	if len(m.search) == 0 && len(m.numbers) == 0 {
		return true
	}
	if len(m.search) > 0 && bytes.Contains(m.folded, m.anchor) {
		return true
	}
	for _, number := range m.numbers {
		if bytes.Contains(m.page, number) {
			return true
		}
	}
	return false
}

// matches goes through the parts of a line: rule, created, expires, kind,
// source, author, reason.
func (m *matcher) matches(line, folded []byte) bool {
	var tabs [5]int
	at := -1
	for i := range tabs {
		next := bytes.IndexByte(line[at+1:], '\t')
		if next < 0 {
			return false
		}
		at += 1 + next
		tabs[i] = at
	}
	rule, kind, source := line[:tabs[0]], line[tabs[2]+1:tabs[3]], line[tabs[3]+1:tabs[4]]
	if !bytes.HasPrefix(rule, m.start) || len(m.kind) > 0 && !bytes.Equal(kind, m.kind) ||
		len(m.source) > 0 && !bytes.Equal(source, m.source) {
		return false
	}
	if len(m.search) == 0 && len(m.numbers) == 0 {
		return true
	}
	for _, number := range m.numbers {
		if bytes.Contains(rule, number) {
			return true
		}
	}
	// No text has a tab, so none is found across two of them.
	return len(m.search) > 0 && (bytes.Contains(folded[:tabs[0]], m.search) || m.says(line[tabs[3]+1:], folded[tabs[3]+1:]))
}

// says reports whether the texts of a line contain what is searched for.
func (m *matcher) says(texts, folded []byte) bool {
	if !bytes.Contains(folded, m.anchor) {
		return false
	}
	return len(m.anchor) == len(m.search) || bytes.Contains(bytes.ToLower(texts), m.search)
}

// foldASCII makes text lower case, as far as it is ASCII.
func foldASCII(text []byte) {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
}

// positionOf returns the position of a line in an order by what lines tell.
func positionOf(order Sort, line []byte) position {
	rule, rest, _ := bytes.Cut(line, []byte{'\t'})
	created, rest, _ := bytes.Cut(rest, []byte{'\t'})
	expires, _, _ := bytes.Cut(rest, []byte{'\t'})
	at := position{rule: string(rule)}
	switch {
	case order == ByCreated:
		at.at, _ = strconv.ParseInt(string(created), 10, 64)
	case order == ByExpiry && len(expires) == 0:
		at.at = never
		return at
	case order == ByExpiry:
		at.at, _ = strconv.ParseInt(string(expires), 10, 64)
	}
	at.at = min(at.at, lastMoment)
	return at
}

// chooses reports whether the query chooses an entry.
func (q Query) chooses(entry blacklist.Entry) bool {
	rule := entry.Rule.String()
	if q.Kind != "" && q.Kind != entry.Kind || q.Source != "" && q.Source != entry.Source || !strings.HasPrefix(rule, q.Start) {
		return false
	}
	if q.Search == "" && len(q.Numbers) == 0 {
		return true
	}
	for _, number := range q.Numbers {
		if strings.Contains(rule, number) {
			return true
		}
	}
	if q.Search == "" {
		return false
	}
	search := strings.ToLower(q.Search)
	for _, text := range []string{rule, entry.Source, entry.Author, entry.Reason} {
		if strings.Contains(strings.ToLower(text), search) {
			return true
		}
	}
	return false
}
