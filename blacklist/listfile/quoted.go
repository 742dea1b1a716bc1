package listfile

import "bytes"

// span is a field of a record: where it stands, from l.at, and whether
// quotes in it are doubled or line ends have two characters.
type span struct {
	from, to int
	escaped  bool
}

// What is wrong with quotes.
const (
	neverClosed = "a quote is opened and not closed; double a quote that belongs to the text"
	goesOn      = "text goes on behind a closing quote; double a quote that belongs to the text"
)

// quoted cuts a record in which there are quotes: it may go on over several
// lines. It returns the record's length without and with its line end, and
// on how many lines it stands.
func (l *lines) quoted(first extent) (length, size, count int, broken string) {
	var spans [64]span
	found := spans[:0]
	end, count := first, 1
	at := 0
	for {
		if at >= end.text || l.buf[l.at+at] != '"' {
			to := end.text
			if i := bytes.IndexByte(l.buf[l.at+at:l.at+end.text], l.delimiter); i >= 0 {
				to = at + i
			}
			found = append(found, span{from: at, to: to})
			at = to
		} else {
			s := span{from: at + 1}
			for at++; ; {
				i := bytes.IndexByte(l.buf[l.at+at:l.at+end.text], '"')
				if i < 0 {
					s.escaped = true // A line end of two characters is a line end.
					next := l.lineEnd(end.next)
					if count++; next.next == end.next || count > maxRecordLines || next.next > maxRecord {
						return 0, 0, 0, neverClosed
					}
					at, end = end.next, next
					continue
				}
				at += i + 1
				if at < end.text && l.buf[l.at+at] == '"' {
					s.escaped = true
					at++
					continue
				}
				break
			}
			s.to = at - 1
			found = append(found, s)
			if at < end.text && l.buf[l.at+at] != l.delimiter {
				return 0, 0, 0, goesOn
			}
		}
		if at >= end.text {
			break
		}
		at++ // the delimiter
	}
	l.take(found)
	return end.text, end.next, count, ""
}

// take makes the fields of what was found. What is escaped is rewritten.
func (l *lines) take(found []span) {
	l.fields, l.scratch = l.fields[:0], l.scratch[:0]
	for _, s := range found {
		text := l.buf[l.at+s.from : l.at+s.to]
		if s.escaped {
			from := len(l.scratch)
			for i := 0; i < len(text); i++ {
				if text[i] == '"' {
					i++
				} else if text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n' && l.end == '\n' {
					continue
				}
				l.scratch = append(l.scratch, text[i])
			}
			// Scratch may move as it grows; what was taken stays where it was.
			text = l.scratch[from:len(l.scratch):len(l.scratch)]
		}
		l.fields = append(l.fields, text)
	}
}
