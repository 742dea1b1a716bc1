package cli

import (
	"errors"
	"slices"
	"strings"

	"github.com/ringfence/ringfence/app"
)

// errorText returns an error as it is shown: with flags and commands in the place of
// fields and hints.
func errorText(err error) string {
	switch err := err.(type) { //nolint:errorlint // A wrapped one is part of a longer text.
	case app.Errors:
		return errorLines(err)
	case joined:
		return errorLines(err)
	case *app.Error:
		if err.Field == "" || slices.Contains(argumentFields, err.Field) {
			return err.Message + hintText(err)
		}
		return "--" + err.Error() + hintText(err)
	}
	return err.Error() + hintText(err)
}

func errorLines(errs []error) string {
	lines := make([]string, len(errs))
	for i, err := range errs {
		lines[i] = errorText(err)
	}
	return strings.Join(lines, "\n")
}

// argumentFields are the fields that are arguments, not flags.
var argumentFields = []string{"id", "name"}

// hintText returns what to type, as the end of a message, or "".
func hintText(err error) string {
	typed, ok := errors.AsType[*app.Error](err)
	if !ok {
		return ""
	}
	switch typed.Hint {
	case app.HintForce:
		return "; use --force to list it"
	case app.HintForceOrKeep:
		return "; if the file is right, use --force to delete them or --keep to keep them"
	case app.HintForceFeed:
		return "; if the list is right, type: ringfence feed run " + typed.ID + " --force"
	case app.HintReplace:
		return ": `ringfence feed show " + typed.ID + "` shows it; use --replace to change it"
	case app.HintUndoBatch:
		return ", or undo it with: ringfence import undo " + typed.ID
	case app.HintBatches:
		return "; `ringfence import list` shows the IDs"
	case app.HintCalls:
		return "; `ringfence log` shows the IDs"
	case app.HintEvents:
		return ": `ringfence audit` shows the IDs"
	case app.HintSet:
		return "; to change it, use `ringfence settings set`"
	}
	return ""
}

// joined are several errors, each shown as if it were the only one.
type joined []error

func (j joined) Error() string { return errors.Join(j...).Error() }

func (j joined) Unwrap() []error { return j }

// join returns the errors that are not nil: none, the only one, or several.
func join(errs ...error) error {
	errs = slices.DeleteFunc(errs, func(err error) bool { return err == nil })
	switch len(errs) {
	case 0:
		return nil
	case 1:
		return errs[0]
	}
	return joined(errs)
}
