package batch

import (
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"

	"github.com/ringfence/ringfence/blacklist"
)

// errCorrupt means that a temporary file or a journal is unreadable.
var errCorrupt = errors.New("a temporary file or the journal of a batch is damaged")

// maxChunk is the maximum size of an unpacked chunk, in bytes. A page of edits with
// the longest texts is far smaller.
const maxChunk = 64 << 20

// Chunk is a part of a batch's journal: the edits that are written in the same step,
// as a compressed diff. It takes less time and space than encoding/gob and
// encoding/json.
type Chunk struct {
	Batch string
	// Number counts the chunks of a batch from 0; there may be gaps.
	Number int
	Data   []byte
}

// packer writes the data of chunks. It reuses its memory.
type packer struct {
	raw     []byte
	out     bytes.Buffer
	pressed *flate.Writer
}

func (p *packer) pack(edits []blacklist.Edit) ([]byte, error) {
	p.raw = p.raw[:0]
	for _, edit := range edits {
		p.raw = blacklist.AppendEdit(p.raw, edit)
	}
	return p.press(p.raw)
}

func (p *packer) press(raw []byte) ([]byte, error) {
	p.out.Reset()
	if p.pressed == nil {
		var err error
		if p.pressed, err = flate.NewWriter(&p.out, flate.BestSpeed); err != nil {
			return nil, err
		}
	}
	p.pressed.Reset(&p.out)
	if _, err := p.pressed.Write(raw); err != nil {
		return nil, err
	}
	if err := p.pressed.Close(); err != nil {
		return nil, err
	}
	return bytes.Clone(p.out.Bytes()), nil
}

// unpack reads the data of a chunk.
func unpack(data []byte) ([]blacklist.Edit, error) {
	raw, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(data)), maxChunk))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	edits, err := blacklist.ParseEdits(string(raw))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errCorrupt, err)
	}
	return edits, nil
}
