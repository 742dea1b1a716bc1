// Package app holds the actions of users, independent of the command line. It
// validates input and returns typed results, and errors with a kind and a field.
package app

import (
	"errors"
	"fmt"
	"slices"
	"strings"
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
	// No means that the answer is no, such as that there is no such entry.
	No
	// Conflict means that another process changes the same data.
	Conflict
	// Unreachable means that Redis or Asterisk does not answer.
	Unreachable
)

// Error is an error of a kind.
type Error struct {
	Kind Kind
	// Field is the name of the invalid input, "" for none or several.
	Field string
	// Message says what is wrong and what to type.
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

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.cause }

// Errorf returns an error of a kind about a field, "" for none. It wraps an
// operand of %w.
func Errorf(kind Kind, field, format string, args ...any) error {
	cause := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Field: field, Message: cause.Error(), cause: cause}
}

// Errors are the errors of several inputs.
type Errors []error

// Error returns one line for each error.
func (e Errors) Error() string { return errors.Join(e...).Error() }

// Unwrap returns the errors.
func (e Errors) Unwrap() []error { return e }

// invalid joins errors, and returns nil if there are none.
func invalid(errs []error) error {
	if err := errors.Join(errs...); err != nil {
		return Errorf(Invalid, "", "%w", err)
	}
	return nil
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
