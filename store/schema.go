package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

// markScript is refused if the user lacks a right that any script or command needs.
var markScript = redis.NewScript(permission(slices.DeleteFunc(slices.Clone(commands), func(c command) bool { return c.keys == 0 })) +
	scriptText("mark.lua"))

// A newer Ringfence may take over, or Redis be replaced, while this one runs: no
// data of another schema is read or written. Scripts that write check the schema
// themselves, and so does what a call asks for, in the same round trip. All else
// goes by what was seen last.

// schemaHook keeps commands from data of another schema.
type schemaHook struct {
	noHook
	store *Store
}

// ProcessHook is for single commands.
func (h schemaHook) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		if err := h.store.readable(ctx); err != nil {
			command.SetErr(err)
			return err
		}
		return next(ctx, command)
	}
}

// ProcessPipelineHook is for several commands in one.
func (h schemaHook) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return func(ctx context.Context, commands []redis.Cmder) error {
		if err := h.store.readable(ctx); err != nil {
			for _, command := range commands {
				command.SetErr(err)
			}
			return err
		}
		return next(ctx, commands)
	}
}

type ownCheckKey struct{}

// ownCheck returns a context for commands that check the schema themselves.
func ownCheck(ctx context.Context) context.Context {
	return context.WithValue(ctx, ownCheckKey{}, true)
}

// readable goes by the schema that was seen last, and asks for it if none was.
func (s *Store) readable(ctx context.Context) error {
	if ctx.Value(ownCheckKey{}) != nil {
		return nil
	}
	if seen := s.schema.Load(); seen != nil {
		return seen.err
	}
	_, err := s.policyVersion(ctx)
	return err
}

// seenSchema is what was seen of the schema last: nil if the data can be read.
type seenSchema struct{ err error }

// sawSchema reads the version of the data, "" being that of an empty Redis.
func (s *Store) sawSchema(ctx context.Context, text string) error {
	err := s.readSchema(text)
	before := s.schema.Swap(&seenSchema{err})
	switch {
	case err != nil && (before == nil || before.err == nil):
		s.log.ErrorContext(ctx, "data in Redis not read or written", slog.Any("error", err))
	case err == nil && before != nil && before.err != nil:
		s.log.InfoContext(ctx, "data in Redis read and written again")
	}
	return err
}

func (s *Store) readSchema(text string) error {
	version, err := strconv.Atoi(text)
	switch {
	case text == "" || version == schemaVersion:
		return nil
	case err != nil || version < schemaVersion:
		return fmt.Errorf("%s holds %q, not a version of ringfence's data: choose another prefix", s.keys.schema(), text)
	}
	return fmt.Errorf("%w: %s says version %d, this program reads version %d: install the newer ringfence, or choose another prefix",
		ErrNewerSchema, s.keys.schema(), version, schemaVersion)
}

// refusedSchema is what lib.lua answers before the version of data that are
// not of this one.
const refusedSchema = "SCHEMA "

// schemaError reads an error of a script.
func (s *Store) schemaError(ctx context.Context, err error) error {
	if redis.HasErrorPrefix(err, refusedSchema) {
		return s.sawSchema(ctx, strings.TrimPrefix(err.Error(), refusedSchema))
	}
	return err
}

// askState asks for the versions of the policy and of the schema.
func (s *Store) askState(ctx context.Context, pipe redis.Cmdable) *redis.SliceCmd {
	return pipe.MGet(ctx, s.keys.version(), s.keys.schema())
}

// readState returns the policy's version, "" before the first change, if the
// data can be read.
func (s *Store) readState(ctx context.Context, state *redis.SliceCmd) (version string, err error) {
	values, err := state.Result()
	if err != nil {
		return "", err
	}
	version, _ = values[0].(string)
	schema, _ := values[1].(string)
	return version, s.sawSchema(ctx, schema)
}

// Check asks Redis whether it answers and whether callers can be looked up, and
// changes nothing. In an empty one they can. Data of a newer version give
// ErrNewerSchema.
func (s *Store) Check(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	return s.check(ctx)
}

func (s *Store) check(ctx context.Context) error {
	var schema *redis.StringCmd
	sent, err := s.client.Pipelined(ownCheck(ctx), func(pipe redis.Pipeliner) error {
		schema = pipe.Get(ctx, s.keys.schema())
		pipe.Get(ctx, s.keys.version())
		s.askState(ctx, pipe)
		s.askLines(ctx, pipe, checkedRule)
		return nil
	})
	for _, command := range sent {
		if err := command.Err(); err != nil && !errors.Is(err, redis.Nil) {
			return err
		}
	}
	if err != nil && !errors.Is(err, redis.Nil) {
		return err // of the connection
	}
	return s.sawSchema(ctx, schema.Val())
}

// checkedRule is the rule that Check looks up; any one will do.
const checkedRule = "100"

// CheckWritable is Check before a change: it finds out whether Redis takes
// changes and scripts.
func (s *Store) CheckWritable(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	return s.mark(ctx)
}

// claim comes before plain commands that write: the first to write says of
// which version the data are. Scripts do it themselves.
func (s *Store) claim(ctx context.Context) error {
	if s.claimed.Load() {
		return nil
	}
	return s.mark(ctx)
}

func (s *Store) mark(ctx context.Context) error {
	err := s.write(ctx, markScript).Err()
	s.claimed.Store(err == nil)
	return err
}
