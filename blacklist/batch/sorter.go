package batch

import (
	"bufio"
	"bytes"
	"cmp"
	"container/heap"
	"fmt"
	"io"
	"iter"
	"os"
	"slices"
)

const (
	// sorterMemory is the maximum size of lines in memory, in bytes.
	sorterMemory = 6 << 20
	// runBuffer is the size of the read buffer of a run, in bytes.
	runBuffer = 32 << 10
	// maxLine is the maximum length of a line, in bytes.
	maxLine = 1 << 30
)

// sorter sorts more lines than memory holds. The key of a line is the text before
// the first tab. Lines with the same key keep their order. Many lines are written to
// a file in sorted runs, which are merged.
type sorter struct {
	folder string
	memory int
	arena  []byte
	index  []place
	file   *os.File
	runs   []run
}

// place is the place of a line in the arena.
type place struct {
	head         uint64
	offset, size uint32
}

// run is a part of the file.
type run struct{ offset, size int64 }

// newSorter returns a sorter with its file in a folder; "" means the system's folder
// for temporary files.
func newSorter(folder string) *sorter { return &sorter{folder: folder, memory: sorterMemory} }

// add adds a line without a newline. It copies the line.
func (s *sorter) add(line []byte) error {
	if len(s.arena)+len(line) >= s.memory && len(s.arena) > 0 {
		if err := s.flush(); err != nil {
			return err
		}
	}
	if s.arena == nil {
		s.arena = make([]byte, 0, min(s.memory, 1<<20))
	}
	s.index = append(s.index, place{head(line), uint32(len(s.arena)), uint32(len(line))}) //nolint:gosec // The arena is far smaller than 4 GB.
	s.arena = append(append(s.arena, line...), '\n')
	return nil
}

// head packs the beginning of a key into four bits per character, so that one
// comparison orders most keys. Keys are texts of rules or digits. The only other
// character in them is the colon, which is greater than all of these and ends the
// head.
func head(line []byte) uint64 {
	var packed uint64
	for i := range 16 {
		packed <<= 4
		if i >= len(line) || line[i] == '\t' {
			return packed << (4 * (15 - i))
		}
		switch c := line[i]; {
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

// keyOf returns the key of a line.
func keyOf(line []byte) []byte {
	key, _, _ := bytes.Cut(line, []byte{'\t'})
	return key
}

func (s *sorter) at(p place) []byte { return s.arena[p.offset:][:p.size] }

func (s *sorter) sort() {
	slices.SortFunc(s.index, func(a, b place) int {
		if a.head != b.head {
			return cmp.Compare(a.head, b.head)
		}
		return cmp.Or(bytes.Compare(keyOf(s.at(a)), keyOf(s.at(b))), cmp.Compare(a.offset, b.offset))
	})
}

// flush writes the lines in memory as a sorted run.
func (s *sorter) flush() error {
	if s.file == nil {
		file, err := os.CreateTemp(s.folder, "ringfence-import-*")
		if err != nil {
			return fmt.Errorf("sort the rows: %w", err)
		}
		s.file = file
		// An unnamed file is deleted even if the program is killed. On systems that
		// cannot remove an open file, close does.
		_ = os.Remove(file.Name())
	}
	s.sort()
	out := bufio.NewWriterSize(s.file, 1<<16)
	for _, p := range s.index {
		// Flush returns the error.
		_, _ = out.Write(s.arena[p.offset:][:p.size+1])
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write %s: %w", s.file.Name(), err)
	}
	offset := int64(0)
	if n := len(s.runs); n > 0 {
		offset = s.runs[n-1].offset + s.runs[n-1].size
	}
	s.runs = append(s.runs, run{offset, int64(len(s.arena))})
	s.arena, s.index = s.arena[:0], s.index[:0]
	return nil
}

// close removes the file.
func (s *sorter) close() {
	if s.file == nil {
		return
	}
	_ = s.file.Close()
	_ = os.Remove(s.file.Name())
	s.file = nil
}

// all yields the lines in the order of their keys. It may be called again, but no
// line may be added after the first call. A line is valid until the next one.
func (s *sorter) all() iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		s.sort()
		if s.file == nil {
			for _, p := range s.index {
				if !yield(s.at(p), nil) {
					return
				}
			}
			return
		}
		if len(s.index) > 0 {
			if err := s.flush(); err != nil {
				yield(nil, err)
				return
			}
		}
		s.arena, s.index = nil, nil
		s.merge(yield)
	}
}

// merge yields the lines of all runs.
func (s *sorter) merge(yield func([]byte, error) bool) {
	left := make(readings, 0, len(s.runs))
	for i, r := range s.runs {
		in := &reading{lines: bufio.NewScanner(io.NewSectionReader(s.file, r.offset, r.size)), number: i}
		in.lines.Buffer(make([]byte, 0, runBuffer), maxLine)
		if in.next() {
			left = append(left, in)
		}
	}
	heap.Init(&left)
	for len(left) > 0 {
		first := left[0]
		if !yield(first.line, nil) {
			return
		}
		if first.next() {
			heap.Fix(&left, 0)
			continue
		}
		if err := first.lines.Err(); err != nil {
			yield(nil, fmt.Errorf("read %s: %w", s.file.Name(), err))
			return
		}
		heap.Pop(&left)
	}
}

// reading is the read state of a run.
type reading struct {
	lines  *bufio.Scanner
	number int
	head   uint64
	line   []byte
}

// next reads the next line, and reports whether there is one.
func (r *reading) next() bool {
	if !r.lines.Scan() {
		return false
	}
	r.line = r.lines.Bytes()
	r.head = head(r.line)
	return true
}

// readings is a heap ordered by line.
type readings []*reading

func (r readings) Len() int      { return len(r) }
func (r readings) Swap(i, j int) { r[i], r[j] = r[j], r[i] }
func (r *readings) Push(x any)   { *r = append(*r, x.(*reading)) } //nolint:forcetypeassert // Nothing else is pushed.

func (r readings) Less(i, j int) bool {
	a, b := r[i], r[j]
	if a.head != b.head {
		return a.head < b.head
	}
	return cmp.Or(bytes.Compare(keyOf(a.line), keyOf(b.line)), cmp.Compare(a.number, b.number)) < 0
}

func (r *readings) Pop() any {
	last := len(*r) - 1
	one := (*r)[last]
	*r = (*r)[:last]
	return one
}
