package batch

import (
	"cmp"
	"crypto/rand"
	"errors"
	"math/big"
	"time"
)

// ErrNoBatch means that no batch has the ID.
var ErrNoBatch = errors.New("no such batch")

// Kind is the kind of a batch.
type Kind string

// The kinds of batches.
const (
	Import Kind = "import"
	Undo   Kind = "undo"
)

// State is the state of a batch.
type State string

// The states.
const (
	// Running is a batch that runs, or whose process was killed.
	Running State = "running"
	// Done is a complete batch.
	Done State = "done"
	// Stopped is a batch that was interrupted.
	Stopped State = "stopped"
	// Undone is a batch that another batch has undone.
	Undone State = "undone"
)

// Batch is a stored import or undo.
type Batch struct {
	// ID.
	ID string `json:"id"`
	// "import" or "undo".
	Kind Kind `json:"kind"`
	// ID of the batch that this one has undone.
	Undoes string `json:"undoes,omitempty"`
	// ID of the batch that has undone this one.
	UndoneBy string `json:"undone_by,omitempty"`
	// Source of all entries; missing if each row has its own.
	Source string `json:"source,omitempty"`
	// Source of rows without one.
	DefaultSource string `json:"default_source,omitempty"`
	// Name of the file, or the address of a feed.
	File string `json:"file,omitempty"`
	// Format of the file.
	Format string `json:"format,omitempty"`
	// Who ran it.
	By string `json:"by,omitempty"`
	// When it began.
	Started time.Time `json:"started"`
	// When it ended.
	Finished time.Time `json:"finished,omitzero"`
	// "running", "done", "stopped" or "undone".
	State State `json:"state"`
	// Numbers of rows and entries.
	Counts Counts `json:"counts"`
}

// lease returns the name of the lease on the entries of the source.
func (b *Batch) lease() string { return leasePrefix + cmp.Or(b.Source, b.DefaultSource) }

// letters of IDs: easy to read and type, and they form no words.
const letters = "bcdfghjkmnpqrstvwxz"

// newID returns an ID that is easy to type, such as "20261124-kfqx".
func newID(at time.Time) string {
	id := []byte(at.UTC().Format("20060102-"))
	for range 4 {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic(err) // The system's random numbers never fail.
		}
		id = append(id, letters[n.Int64()])
	}
	return string(id)
}

// ignoreNoBatch returns err, or nil if it is ErrNoBatch.
func ignoreNoBatch(err error) error {
	if errors.Is(err, ErrNoBatch) {
		return nil
	}
	return err
}
