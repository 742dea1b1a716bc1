package store

import (
	"bytes"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// These parts of a line are read alone; blacklist.AppendLine describes all.
const (
	partKind   = 1
	partSource = 5
)

// matcher finds the lines that a query chooses. It takes nothing of a line
// apart, nor copies it, before it is likely.
type matcher struct {
	start, kind, source string
	whole               bool
	// search is the text as a line has it, in lower case; anchor is the longest
	// part of it that is ASCII, whose case is quickly made low. Text that isn't
	// is compared once the anchor is found.
	search, anchor []byte
	numbers        []string
	// folded is the present line in lower case, as far as it is ASCII.
	folded []byte
}

func newMatcher(q blacklist.Query) *matcher {
	m := &matcher{
		start: q.Start, whole: q.Whole, kind: string(q.Kind), source: blacklist.Escape(q.Source), numbers: q.Numbers,
		search: []byte(strings.ToLower(blacklist.Escape(q.Search))),
	}
	for _, run := range bytes.FieldsFunc(m.search, func(r rune) bool { return r >= 0x80 }) {
		if len(run) > len(m.anchor) {
			m.anchor = run
		}
	}
	return m
}

// matches reports whether the query chooses a line.
func (m *matcher) matches(line string) bool {
	if !strings.HasPrefix(line, m.start) {
		return false
	}
	rule := line[:max(0, strings.IndexByte(line, '\t'))]
	if m.whole && len(rule) > len(m.start) && rule[len(m.start)] != ':' {
		return false
	}
	if m.kind != "" && part(line, partKind) != m.kind || m.source != "" && part(line, partSource) != m.source {
		return false
	}
	if len(m.search) == 0 && len(m.numbers) == 0 {
		return true
	}
	for _, number := range m.numbers {
		if strings.Contains(rule, number) {
			return true
		}
	}
	return len(m.search) > 0 && m.says(line, rule)
}

// says reports whether the rule or a text of a line contains what is searched
// for. No text has a tab, so none is found across two of them.
func (m *matcher) says(line, rule string) bool {
	m.folded = append(m.folded[:0], line...)
	foldASCII(m.folded)
	if !bytes.Contains(m.folded, m.anchor) {
		return false
	}
	texts := line
	for range partSource {
		_, texts, _ = strings.Cut(texts, "\t")
	}
	if len(m.anchor) == len(m.search) {
		return bytes.Contains(m.folded[:len(rule)], m.search) || bytes.Contains(m.folded[len(line)-len(texts):], m.search)
	}
	return bytes.Contains(bytes.ToLower([]byte(texts)), m.search)
}

// foldASCII makes text lower case, as far as it is ASCII.
func foldASCII(text []byte) {
	for i, c := range text {
		if 'A' <= c && c <= 'Z' {
			text[i] = c + 'a' - 'A'
		}
	}
}

// part returns one part of a line.
func part(line string, n int) string {
	for range n {
		_, line, _ = strings.Cut(line, "\t")
	}
	line, _, _ = strings.Cut(line, "\t")
	return line
}
