package batch

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// reading is a run that is being read.
type reading struct {
	in     *bufio.Reader
	number int
	head   uint64
	item   item
	buffer []byte
}

// next reads the next item of the run; io.EOF says that there is none.
func (r *reading) next() error {
	keySize, err := r.in.ReadByte()
	if err != nil {
		return err
	}
	r.buffer = slices.Grow(r.buffer[:0], int(keySize))[:keySize]
	if _, err := io.ReadFull(r.in, r.buffer); err != nil {
		return err
	}
	size, err := binary.ReadUvarint(r.in)
	if err != nil {
		return err
	}
	r.buffer = slices.Grow(r.buffer, int(size))[:int(keySize)+int(size)] //nolint:gosec // Both are what flush has written.
	if _, err := io.ReadFull(r.in, r.buffer[keySize:]); err != nil {
		return err
	}
	r.item = item{r.buffer[:keySize], r.buffer[keySize:]}
	r.head = head(r.item.key)
	return nil
}

func compareReadings(a, b *reading) int {
	if a.head != b.head {
		return cmp.Compare(a.head, b.head)
	}
	return cmp.Or(bytes.Compare(a.item.key, b.item.key), cmp.Compare(a.number, b.number))
}

// merge yields the items of all runs.
func (s *spool) merge(yield func(item, error) bool) {
	heap := make(readings, 0, len(s.runs))
	for i, r := range s.runs {
		in := &reading{in: bufio.NewReaderSize(io.NewSectionReader(s.file, r.offset, r.size), runBuffer), number: i}
		if err := in.next(); err != nil {
			yield(item{}, fmt.Errorf("read %s: %w", s.file.Name(), err))
			return
		}
		heap = append(heap, in)
	}
	heap.init()
	for len(heap) > 0 {
		if !yield(heap[0].item, nil) {
			return
		}
		switch err := heap[0].next(); {
		case errors.Is(err, io.EOF):
			heap.drop()
		case err != nil:
			yield(item{}, fmt.Errorf("read %s: %w", s.file.Name(), err))
			return
		default:
			heap.down(0)
		}
	}
}

// readings is a heap, the least first.
type readings []*reading

func (h readings) init() {
	for i := len(h)/2 - 1; i >= 0; i-- {
		h.down(i)
	}
}

func (h *readings) drop() {
	last := len(*h) - 1
	(*h)[0] = (*h)[last]
	*h = (*h)[:last]
	h.down(0)
}

func (h readings) down(i int) {
	for {
		least := i
		for _, child := range []int{2*i + 1, 2*i + 2} {
			if child < len(h) && compareReadings(h[child], h[least]) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		h[i], h[least] = h[least], h[i]
		i = least
	}
}
