package batch

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/ringfence/ringfence/blacklist"
)

// maxChunk bounds what a chunk may unpack to, in bytes: a page of edits with the
// longest texts is far smaller.
const maxChunk = 64 << 20

// The sides of an edit that are there.
const (
	hasBefore = 1 << iota
	hasAfter
)

// packer writes edits as chunks of a journal.
type packer struct {
	raw, head []byte
	out       bytes.Buffer
	pressed   *flate.Writer
}

// pack returns a chunk, which tells all that the edits do. It keeps memory for
// the next one, but none that it returns.
func (p *packer) pack(edits []blacklist.Edit) ([]byte, error) {
	shared := newTexts()
	raw, before := p.raw[:0], ""
	for _, edit := range edits {
		rule := edit.Rule.String()
		same := common(before, rule)
		raw = binary.AppendUvarint(raw, uint64(same)) //nolint:gosec // A length.
		raw = appendText(raw, rule[same:])
		before = rule
		sides := byte(0)
		if edit.Before != nil {
			sides |= hasBefore
		}
		if edit.After != nil {
			sides |= hasAfter
		}
		raw = append(raw, sides)
		if edit.Before != nil {
			raw = appendEntry(raw, edit.Before, shared)
		}
		if edit.After != nil {
			raw = appendEntry(raw, edit.After, shared)
		}
	}
	head := binary.AppendUvarint(p.head[:0], uint64(len(shared.list)))
	for _, text := range shared.list {
		head = appendText(head, text)
	}
	head = binary.AppendUvarint(head, uint64(len(edits)))
	p.raw, p.head = raw, head
	return p.press(head, raw)
}

func (p *packer) press(parts ...[]byte) ([]byte, error) {
	p.out.Reset()
	if p.pressed == nil {
		var err error
		if p.pressed, err = flate.NewWriter(&p.out, flate.BestSpeed); err != nil {
			return nil, err
		}
	}
	p.pressed.Reset(&p.out)
	for _, part := range parts {
		if _, err := p.pressed.Write(part); err != nil {
			return nil, err
		}
	}
	if err := p.pressed.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(p.out.Bytes()), nil
}

// common returns how many bytes two texts have in common at their beginnings.
func common(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// unpack reads a chunk.
func unpack(chunk []byte) ([]blacklist.Edit, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(chunk)), maxChunk))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	d := &decoder{left: raw}
	for range d.count() {
		d.shared = append(d.shared, string(d.bytes()))
	}
	edits := make([]blacklist.Edit, d.count())
	text := ""
	for i := range edits {
		same := d.uvarint()
		if same > uint64(len(text)) {
			return nil, errCorrupt
		}
		text = text[:same] + string(d.bytes())
		rule, err := blacklist.ParseRule(text)
		if err != nil || len(d.left) == 0 {
			return nil, errCorrupt
		}
		edits[i].Rule = rule
		sides := d.left[0]
		d.left = d.left[1:]
		if sides&hasBefore != 0 {
			entry := d.entry(rule)
			edits[i].Before = &entry
		}
		if sides&hasAfter != 0 {
			entry := d.entry(rule)
			edits[i].After = &entry
		}
	}
	if d.failed || len(d.left) > 0 {
		return nil, errCorrupt
	}
	return edits, nil
}

// count reads how many things follow, each of which has a byte at least.
func (d *decoder) count() int {
	n := d.uvarint()
	if n > uint64(len(d.left)) {
		d.failed = true
		return 0
	}
	return int(n) //nolint:gosec // No more than there are bytes.
}
