package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/retry"
)

// Kind is the kind of an error.
type Kind uint8

// The kinds of errors.
const (
	// Failed is any other error.
	Failed Kind = iota
	// Invalid means that the input or the configuration is wrong. A retry does
	// not help.
	Invalid
	// NotFound means that nothing has this ID or name.
	NotFound
	// Exists means that something else has this name.
	Exists
	// No means that there is nothing to do, such as nothing to undo.
	No
	// Conflict means that another process changes the same data.
	Conflict
	// Unreachable means that Redis or Asterisk does not answer.
	Unreachable
)

// KindOf returns the kind of an error. Of several errors, the first counts.
func KindOf(err error) Kind {
	if typed, ok := errors.AsType[*Error](err); ok && typed.Kind != Failed {
		return typed.Kind
	}
	if errors.Is(err, retry.ErrUnreachable) {
		return Unreachable
	}
	if _, held := errors.AsType[*lease.HeldError](err); held {
		return Conflict
	}
	return Failed
}

// Hint is what the user can do about an error. Each interface has its own words for
// it, such as the name of a flag.
type Hint string

// The hints. Some are about the ID of the error.
const (
	// HintForce means to do it with Force.
	HintForce Hint = "force"
	// HintForceOrKeep means to import with Force or with Keep.
	HintForceOrKeep Hint = "force-or-keep"
	// HintForceFeed means to run the feed ID with force.
	HintForceFeed Hint = "force-feed"
	// HintReplace means to replace the feed ID.
	HintReplace Hint = "replace"
	// HintUndoBatch means to undo the batch ID.
	HintUndoBatch Hint = "undo-batch"
	// HintBatches means that the list of batches shows the IDs.
	HintBatches Hint = "batches"
	// HintCalls means that the log of calls shows the IDs.
	HintCalls Hint = "calls"
	// HintEvents means that the audit log shows the IDs.
	HintEvents Hint = "events"
	// HintSet means to use the action that sets settings.
	HintSet Hint = "set"
)

// Error is an error of a kind.
type Error struct {
	Kind Kind
	// Field is the name of the invalid input, "" for none or several.
	Field string
	// Message says what is wrong.
	Message string
	// Hint says what to do, "" for nothing; ID is what the hint is about, if it is
	// about something.
	Hint Hint
	ID   string

	cause error
}

// Error returns the field and the message.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Errorf returns an error of a kind about a field, "" for none. It wraps an
// operand of %w.
func Errorf(kind Kind, field, format string, args ...any) *Error {
	cause := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Field: field, Message: cause.Error(), cause: cause}
}

// hint adds a hint about an ID, "" for none.
func (e *Error) hint(hint Hint, id string) *Error {
	e.Hint, e.ID = hint, id
	return e
}

// Errors are everything that is wrong with an input. Each is an *Error.
type Errors []error

// Error returns one line for each error.
func (e Errors) Error() string { return errors.Join(e...).Error() }

// Unwrap returns the errors.
func (e Errors) Unwrap() []error { return e }

// add adds an error about a field, "" for none. An *Error with a field retains it. A
// nil error is ignored.
func (e *Errors) add(field string, err error) {
	switch several := err.(type) { //nolint:errorlint // A wrapped one is part of a longer text.
	case nil:
	case Errors:
		*e = append(*e, several...)
	case *Error:
		if several.Field == "" {
			several.Field = field
		}
		*e = append(*e, several)
	default:
		kind := KindOf(err)
		if kind == Failed {
			kind = Invalid
		}
		*e = append(*e, Errorf(kind, field, "%w", err))
	}
}

// err returns the errors, or nil if there are none.
func (e Errors) err() error {
	if len(e) == 0 {
		return nil
	}
	return e
}

// choose reads a field that is one of the choices, or "".
func choose[T ~string](field, text string, choices []T) (T, error) {
	if text == "" || slices.Contains(choices, T(text)) {
		return T(text), nil
	}
	words := make([]string, len(choices))
	for i, choice := range choices {
		words[i] = string(choice)
	}
	return "", Errorf(Invalid, field, "invalid value %q: choose one of %s", text, strings.Join(words, ", "))
}
