package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed mark.lua
var markText string

var markScript = newScript(markText)

// Check asks Redis whether it answers and whether its data can be read, and
// changes nothing. An empty one can be. Data of a newer version give
// ErrNewerSchema.
func (s *Store) Check(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	text, err := s.client.Get(ctx, s.keys.schema()).Result()
	if err != nil && !errors.Is(err, redis.Nil) {
		return err
	}
	return s.checkSchema(text)
}

// CheckWritable is Check for those who are going to write: it finds out
// whether Redis takes changes and scripts.
func (s *Store) CheckWritable(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	return s.mark(ctx)
}

// claim comes before plain commands that write: data of a newer version stay
// as they are, and the first to write says of which version the data are.
// Scripts check it themselves.
func (s *Store) claim(ctx context.Context) error {
	if s.claimed.Load() {
		return nil
	}
	return s.mark(ctx)
}

func (s *Store) mark(ctx context.Context) error {
	_, err := s.write(ctx, markScript)
	s.claimed.Store(err == nil)
	return err
}

// checkSchema reads the version of the data; "" is that of an empty Redis.
func (s *Store) checkSchema(text string) error {
	version, err := strconv.Atoi(text)
	switch {
	case text == "" || version == schemaVersion:
		return nil
	case err != nil || version < schemaVersion:
		return fmt.Errorf("%s holds %q, which is no version of ringfence's data: choose another prefix", s.keys.schema(), text)
	}
	return fmt.Errorf("%w: %s says version %d, this program reads version %d: install the newer ringfence, or choose another prefix",
		ErrNewerSchema, s.keys.schema(), version, schemaVersion)
}

// refusedSchema is what lib.lua answers before the version of data that are
// not of this one.
const refusedSchema = "SCHEMA "

// schemaError reads an error of a script.
func (s *Store) schemaError(err error) error {
	if redis.HasErrorPrefix(err, refusedSchema) {
		return s.checkSchema(strings.TrimPrefix(err.Error(), refusedSchema))
	}
	return err
}
