package batch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ringfence/ringfence/blacklist"
)

// maxPasses bounds how often what was disturbed is looked through once more.
const maxPasses = 20

// errRestless means that no pass went through undisturbed.
var errRestless = errors.New("the store failed again and again")

// saveEvery is after how many chunks a batch at work is written anew, so that
// the counts of one that is killed are about right.
const saveEvery = 16

// ledger keeps the journal of one batch. The batch comes into being with its
// first chunk: one that changes nothing leaves no trace.
type ledger struct {
	patient *patient
	journal Journal
	batch   Batch
	folder  string
	packer  packer
	// The chunks are kept here, too, until the batch ends: a store that fails
	// over may forget what it had confirmed.
	file   *os.File
	chunks []run
}

// write remembers edits before they are made.
func (l *ledger) write(ctx context.Context, edits []blacklist.Edit) error {
	chunk, err := l.packer.pack(edits)
	if err != nil {
		return fmt.Errorf("pack the journal: %w", err)
	}
	if err := l.keep(chunk); err != nil {
		return fmt.Errorf("keep the journal: %w", err)
	}
	number := len(l.chunks) - 1
	if number == 0 {
		if err := l.patient.do(ctx, l.tell); err != nil {
			return err
		}
	}
	return l.patient.do(ctx, func(ctx context.Context) error {
		if number%saveEvery == 0 {
			if err := l.journal.SaveBatch(ctx, l.batch); err != nil {
				return err
			}
		}
		return l.journal.SaveChunk(ctx, l.batch.ID, number, chunk)
	})
}

// keep appends the chunk to the file.
func (l *ledger) keep(chunk []byte) error {
	if l.file == nil {
		file, err := os.CreateTemp(l.folder, "ringfence-journal-*")
		if err != nil {
			return err
		}
		l.file = file
		// Where a file that is open can't be removed, close removes it.
		_ = os.Remove(file.Name())
	}
	offset := int64(0)
	if n := len(l.chunks); n > 0 {
		offset = l.chunks[n-1].offset + l.chunks[n-1].size
	}
	if _, err := l.file.WriteAt(chunk, offset); err != nil {
		return err
	}
	l.chunks = append(l.chunks, run{offset, int64(len(chunk))})
	return nil
}

// begun reports whether anything has been written.
func (l *ledger) begun() bool { return len(l.chunks) > 0 }

// mend writes what the store has forgotten.
func (l *ledger) mend(ctx context.Context) error {
	if !l.begun() {
		return nil
	}
	return l.patient.do(ctx, func(ctx context.Context) error {
		there, err := l.journal.Chunks(ctx, l.batch.ID)
		if err != nil {
			return err
		}
		if err := l.journal.SaveBatch(ctx, l.batch); err != nil {
			return err
		}
		for number, part := range l.chunks {
			if _, found := slices.BinarySearch(there, number); found {
				continue
			}
			chunk := make([]byte, part.size)
			if _, err := io.ReadFull(io.NewSectionReader(l.file, part.offset, part.size), chunk); err != nil {
				return fmt.Errorf("read the kept journal: %w", err)
			}
			if err := l.journal.SaveChunk(ctx, l.batch.ID, number, chunk); err != nil {
				return err
			}
		}
		return nil
	})
}

// carry lets passes make the changes until one went through undisturbed, with
// the end of the batch written: what a store has forgotten in between is made
// good by the next pass. The first pass counts.
func (l *ledger) carry(ctx context.Context, pass func(ctx context.Context, first bool) error) error {
	for n := 1; ; n++ {
		l.patient.disturbed.Store(false)
		if err := pass(ctx, n == 1); err != nil {
			return err
		}
		if err := l.end(ctx); err != nil {
			return err
		}
		if !l.patient.disturbed.Load() {
			return nil
		}
		if n == maxPasses {
			return fmt.Errorf("%w, in each of %d passes: run it once more when it is well", errRestless, n)
		}
		if err := l.mend(ctx); err != nil {
			return err
		}
	}
}

// end writes that the batch went through.
func (l *ledger) end(ctx context.Context) error {
	l.batch.Finished, l.batch.State = l.patient.engine.now(), Done
	if !l.begun() {
		return nil
	}
	return l.patient.do(ctx, func(ctx context.Context) error { return l.journal.SaveBatch(ctx, l.batch) })
}

// close tells the trail of the end, and gives everything back.
func (l *ledger) close(ctx context.Context) error {
	if l.file != nil {
		_ = l.file.Close()
		_ = os.Remove(l.file.Name())
	}
	if !l.begun() {
		return nil
	}
	ctx, cancel := apart(ctx)
	defer cancel()
	return l.tell(ctx)
}

// stop writes that the batch ended early, which takes no longer than a moment,
// and returns why.
func (l *ledger) stop(ctx context.Context, why error) error {
	l.batch.Finished, l.batch.State = l.patient.engine.now(), Stopped
	if !l.begun() {
		return why
	}
	ctx, cancel := apart(ctx)
	defer cancel()
	return errors.Join(why, l.journal.SaveBatch(ctx, l.batch))
}
