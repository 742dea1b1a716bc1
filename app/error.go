// Package app is what a person can do, by any way: the command line, the API
// or the console.
package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Kind says what an error means for who asked.
type Kind uint8

// The kinds of errors.
const (
	// Failed is whatever is none of the others.
	Failed Kind = iota
	// Invalid means that what was asked for, or a value of the configuration,
	// is wrong: it has to be put right before it is tried again.
	Invalid
	// No means that the answer is no, such as that there is no such entry.
	No
	// Conflict means that somebody else is changing the same at the moment, or
	// has done so.
	Conflict
	// Unreachable means that Redis or Asterisk does not answer.
	Unreachable
)

// Error is an error of a kind.
type Error struct {
	Kind Kind
	// Field names the input that is wrong, "" if it is none or several.
	Field string
	// Message says what is wrong, where, and what to write instead.
	Message string

	cause error
}

// Error returns the field and the message.
func (e *Error) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Unwrap returns what led to the error.
func (e *Error) Unwrap() error { return e.cause }

// Errorf returns an error of a kind, about a field or "". With %w it wraps
// what led to it.
func Errorf(kind Kind, field, format string, args ...any) error {
	cause := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Field: field, Message: cause.Error(), cause: cause}
}

// Errors are several inputs that are wrong.
type Errors []error

// Error returns each error in a line.
func (e Errors) Error() string { return errors.Join(e...).Error() }

// Unwrap returns the errors.
func (e Errors) Unwrap() []error { return e }

// invalid returns one error of all that is wrong, nil of nothing.
func invalid(wrong []error) error {
	if err := errors.Join(wrong...); err != nil {
		return Errorf(Invalid, "", "%w", err)
	}
	return nil
}

// choose reads a field that is one of some words, or "". The error begins with
// what a text is not.
func choose[T ~string](field, not, text string, choices []T) (T, error) {
	if text == "" || slices.Contains(choices, T(text)) {
		return T(text), nil
	}
	words := make([]string, len(choices))
	for i, choice := range choices {
		words[i] = string(choice)
	}
	return "", Errorf(Invalid, field, "%s %q: choose one of %s", not, text, strings.Join(words, ", "))
}
