package batch

import (
	"cmp"
	"crypto/rand"
	"errors"
	"math/big"
	"time"
)

// ErrNoBatch means that no batch has the id.
var ErrNoBatch = errors.New("no such batch")

// Kind says what a batch is.
type Kind string

// The kinds of batches.
const (
	Import Kind = "import"
	Undo   Kind = "undo"
)

// State says how far a batch came.
type State string

// The states.
const (
	// Running is a batch that is at work, or that was killed.
	Running State = "running"
	// Done went through.
	Done State = "done"
	// Stopped ended early, and said so.
	Stopped State = "stopped"
	// Undone was taken back by another batch.
	Undone State = "undone"
)

// Batch is one import or undo, as it is remembered.
type Batch struct {
	ID   string `json:"id"`
	Kind Kind   `json:"kind"`
	// Undoes is the batch that this one takes back, if it does.
	Undoes string `json:"undoes,omitempty"`
	// UndoneBy is the batch that took this one back, if it is Undone.
	UndoneBy string `json:"undone_by,omitempty"`
	// Source is where the entries come from, "" if each has its own;
	// DefaultSource then is that of rows that have none.
	Source        string `json:"source,omitempty"`
	DefaultSource string `json:"default_source,omitempty"`

	File     string    `json:"file,omitempty"`
	Format   string    `json:"format,omitempty"`
	By       string    `json:"by,omitempty"`
	Started  time.Time `json:"started"`
	Finished time.Time `json:"finished,omitzero"`
	State    State     `json:"state"`
	Counts   Counts    `json:"counts"`
}

// lease returns the name of the lease under which the list is changed.
func (b *Batch) lease() string { return leasePrefix + cmp.Or(b.Source, b.DefaultSource) }

// letters are those that are read and typed without mistakes, and that make no words.
const letters = "bcdfghjkmnpqrstvwxz"

// newID returns an id that can be typed, such as "20261124-kfqx".
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

// ignoreNoBatch returns the error, unless it says that there is no such batch.
func ignoreNoBatch(err error) error {
	if errors.Is(err, ErrNoBatch) {
		return nil
	}
	return err
}
