package app_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/retry"
)

func TestKindOf(t *testing.T) {
	t.Parallel()
	missing := app.Errorf(app.NotFound, "id", "no such batch")
	for name, test := range map[string]struct {
		err  error
		want app.Kind
	}{
		"none":                      {nil, app.Failed},
		"another error":             {errors.New("x"), app.Failed},
		"a typed one":               {missing, app.NotFound},
		"a wrapped one":             {fmt.Errorf("a: %w", missing), app.NotFound},
		"several":                   {app.Errors{missing, app.Errorf(app.Invalid, "", "x")}, app.NotFound},
		"unreachable":               {fmt.Errorf("redis: %w", retry.ErrUnreachable), app.Unreachable},
		"typed, and unreachable":    {app.Errorf(app.Failed, "", "a part: %w", retry.ErrUnreachable), app.Unreachable},
		"held by another process":   {fmt.Errorf("a: %w", &lease.HeldError{Name: "feed:x", Holder: "vm:1"}), app.Conflict},
		"typed, with another cause": {app.Errorf(app.Invalid, "redis", "%w", retry.ErrUnreachable), app.Invalid},
	} {
		if got := app.KindOf(test.err); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
