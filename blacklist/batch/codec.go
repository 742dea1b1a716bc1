package batch

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/ringfence/ringfence/blacklist"
)

// errCorrupt means that what was written to a spool or a journal can't be read
// back.
var errCorrupt = errors.New("the record of a change is damaged")

// texts numbers the texts that many entries share. What doesn't fit stays with
// its entry: a file with a million reasons must not fill the memory.
type texts struct {
	numbers map[string]uint64
	list    []string
	room    int
}

// textsRoom is how many bytes texts keep, and longText how long one may be.
const (
	textsRoom = 256 << 10
	longText  = 200
)

func newTexts() *texts { return &texts{numbers: map[string]uint64{}, room: textsRoom} }

// append writes a text: 0 and the text itself, or its number.
func (t *texts) append(to []byte, text string) []byte {
	number, known := t.numbers[text]
	if !known && len(text) <= longText && len(text) <= t.room {
		t.room -= len(text) + len("a string and its number")
		t.list = append(t.list, text)
		number, known = uint64(len(t.list)), true
		t.numbers[text] = number
	}
	if known {
		return binary.AppendUvarint(to, number)
	}
	return appendText(append(to, 0), text)
}

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// The fields that follow what an entry's flags say.
const (
	isBlock = 1 << iota
	isAllow
	hasAction
	hasReason
	hasSource
	hasAuthor
	hasCreated
	hasExpires
	hasHits
	hasLastHit
)

// appendEntry writes an entry without its rule. Times lose what is below a
// second.
func appendEntry(to []byte, entry *blacklist.Entry, shared *texts) []byte {
	flags := uint64(0)
	set := func(flag uint64, is bool) {
		if is {
			flags |= flag
		}
	}
	set(isBlock, entry.Kind == blacklist.Block)
	set(isAllow, entry.Kind == blacklist.Allow)
	set(hasAction, entry.Action != "")
	set(hasReason, entry.Reason != "")
	set(hasSource, entry.Source != "")
	set(hasAuthor, entry.Author != "")
	set(hasCreated, !entry.Created.IsZero())
	set(hasExpires, !entry.Expires.IsZero())
	set(hasHits, entry.Hits != 0)
	set(hasLastHit, !entry.LastHit.IsZero())
	to = binary.AppendUvarint(to, flags)
	for _, text := range []string{string(entry.Action), entry.Reason, entry.Source, entry.Author} {
		if text != "" {
			to = shared.append(to, text)
		}
	}
	if flags&hasCreated != 0 {
		to = binary.AppendVarint(to, entry.Created.Unix())
	}
	if flags&hasExpires != 0 {
		to = binary.AppendVarint(to, entry.Expires.Unix())
	}
	if flags&hasHits != 0 {
		to = binary.AppendVarint(to, entry.Hits)
	}
	if flags&hasLastHit != 0 {
		to = binary.AppendVarint(to, entry.LastHit.Unix())
	}
	return to
}

// decoder reads what was appended; after a mistake all that it reads is zero.
type decoder struct {
	left   []byte
	shared []string
	failed bool
}

func (d *decoder) uvarint() uint64 {
	value, n := binary.Uvarint(d.left)
	if n <= 0 {
		d.left, d.failed = nil, true
		return 0
	}
	d.left = d.left[n:]
	return value
}

func (d *decoder) varint() int64 {
	value, n := binary.Varint(d.left)
	if n <= 0 {
		d.left, d.failed = nil, true
		return 0
	}
	d.left = d.left[n:]
	return value
}

func (d *decoder) bytes() []byte {
	size := d.uvarint()
	if size > uint64(len(d.left)) {
		d.left, d.failed = nil, true
		return nil
	}
	read := d.left[:size]
	d.left = d.left[size:]
	return read
}

func (d *decoder) text() string {
	number := d.uvarint()
	switch {
	case number == 0:
		return string(d.bytes())
	case number <= uint64(len(d.shared)):
		return d.shared[number-1]
	default:
		d.failed = true
		return ""
	}
}

func (d *decoder) moment() time.Time { return time.Unix(d.varint(), 0).UTC() }

// entry reads what appendEntry wrote.
func (d *decoder) entry(rule blacklist.Rule) blacklist.Entry {
	entry := blacklist.Entry{Rule: rule}
	flags := d.uvarint()
	switch {
	case flags&isBlock != 0:
		entry.Kind = blacklist.Block
	case flags&isAllow != 0:
		entry.Kind = blacklist.Allow
	}
	if flags&hasAction != 0 {
		entry.Action = blacklist.Action(d.text())
	}
	if flags&hasReason != 0 {
		entry.Reason = d.text()
	}
	if flags&hasSource != 0 {
		entry.Source = d.text()
	}
	if flags&hasAuthor != 0 {
		entry.Author = d.text()
	}
	if flags&hasCreated != 0 {
		entry.Created = d.moment()
	}
	if flags&hasExpires != 0 {
		entry.Expires = d.moment()
	}
	if flags&hasHits != 0 {
		entry.Hits = d.varint()
	}
	if flags&hasLastHit != 0 {
		entry.LastHit = d.moment()
	}
	return entry
}
