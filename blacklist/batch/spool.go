package batch

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"iter"
	"math/bits"
	"os"
	"slices"
)

// What a spool keeps in memory at a time, in bytes, and of each run that it
// has written to its file.
const (
	spoolMemory = 6 << 20
	runBuffer   = 32 << 10
)

// spool sorts more items than memory holds: it writes sorted runs to a file
// and merges them. Items with the same key keep the order in which they came.
// A few items never see the file.
type spool struct {
	folder string
	memory int
	arena  []byte
	index  []place
	file   *os.File
	runs   []run
	end    int64
}

// place is where an item lies in the arena.
type place struct {
	head   uint64
	offset uint32
}

// run is a part of the file.
type run struct{ offset, size int64 }

// item is a key, which has less than 256 bytes, and what belongs to it.
type item struct{ key, value []byte }

// newSpool returns a spool that keeps its file in a folder, "" being the
// system's for temporary files.
func newSpool(folder string) *spool { return &spool{folder: folder, memory: spoolMemory} }

// add takes an item; it keeps no reference to it.
func (s *spool) add(key, value []byte) error {
	if len(s.arena)+len(key)+len(value)+1+binary.MaxVarintLen32 > s.memory && len(s.arena) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if s.arena == nil {
		s.arena = make([]byte, 0, min(s.memory, 1<<20))
	}
	s.index = append(s.index, place{head(key), uint32(len(s.arena))}) //nolint:gosec // The arena is far smaller than 4 GB.
	size := byte(len(key))                                            //nolint:gosec // The longest rule has 38 bytes.
	s.arena = append(s.arena, size)
	s.arena = append(s.arena, key...)
	s.arena = binary.AppendUvarint(s.arena, uint64(len(value)))
	s.arena = append(s.arena, value...)
	return nil
}

// head packs the beginning of a key, four bits a character, so that most keys
// are told apart by one comparison. Keys are texts of rules or digits: the only
// other character in them is the colon, which comes after all of these and ends
// the head.
func head(key []byte) uint64 {
	var packed uint64
	for i := range 16 {
		packed <<= 4
		if i >= len(key) {
			continue
		}
		switch c := key[i]; {
		case c == '#':
			packed |= 1
		case c == '*':
			packed |= 2
		case c == '+':
			packed |= 3
		case '0' <= c && c <= '9':
			packed |= 4 + uint64(c-'0')
		default:
			return (packed | 15) << (4 * (15 - i))
		}
	}
	return packed
}

// at returns the item that lies at an offset of the arena.
func (s *spool) at(offset uint32) item {
	text := s.arena[offset+1:]
	keySize := int(s.arena[offset])
	size, n := binary.Uvarint(text[keySize:])
	value := text[keySize+n:]
	return item{text[:keySize], value[:size]}
}

func (s *spool) sort() {
	slices.SortFunc(s.index, func(a, b place) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return cmp.Or(bytes.Compare(s.at(a.offset).key, s.at(b.offset).key), cmp.Compare(a.offset, b.offset))
	})
}

// flush writes what is in memory as a sorted run.
func (s *spool) flush() error {
	if s.file == nil {
		if err := s.open(); err != nil {
			return err
		}
	}
	s.sort()
	out := bufio.NewWriterSize(s.file, 1<<16)
	written := int64(0)
	for _, p := range s.index {
		size := s.size(p.offset)
		if _, err := out.Write(s.arena[p.offset:][:size]); err != nil {
			return fmt.Errorf("write %s: %w", s.file.Name(), err)
		}
		written += int64(size)
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", s.file.Name(), err)
	}
	s.runs = append(s.runs, run{s.end, written})
	s.end += written
	s.arena, s.index = s.arena[:0], s.index[:0]
	return nil
}

// size returns how many bytes an item takes.
func (s *spool) size(offset uint32) int {
	it := s.at(offset)
	bytesOfSize := (bits.Len(uint(len(it.value)|1)) + 6) / 7
	return 1 + len(it.key) + bytesOfSize + len(it.value)
}

// open makes the file, which has no name any more when the program is killed.
func (s *spool) open() error {
	file, err := os.CreateTemp(s.folder, "ringfence-import-*")
	if err != nil {
		return fmt.Errorf("sort the rows: %w", err)
	}
	s.file = file
	// Where a file that is open can't be removed, close removes it.
	_ = os.Remove(file.Name())
	return nil
}

// close gives everything back.
func (s *spool) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.file = nil
}

// all yields the items in the order of their keys. It may be called again,
// but nothing may be added after the first call; an item holds until the next.
func (s *spool) all() iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		s.sort()
		if s.file == nil {
			for _, p := range s.index {
				if !yield(s.at(p.offset), nil) {
					return
				}
			}
			return
		}
		if len(s.index) > 0 {
			if err := s.flush(); err != nil {
				yield(item{}, err)
				return
			}
		}
		s.arena, s.index = nil, nil
		s.merge(yield)
	}
}
