package store

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

//go:embed schema.lua
var schemaText string

var schemaScript = newScript(schemaText)

// Check asks Redis whether it answers and whether its data can be read, and
// changes nothing. An empty one can be. Data of a newer version give
// ErrNewerSchema.
func (s *Store) Check(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	text, err := s.client.Get(ctx, s.keys.schema()).Result()
	if errors.Is(err, redis.Nil) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.readSchema(text)
}

// CheckWritable is Check for those who are going to write: it finds out
// whether Redis takes changes, by marking an empty one with the version of
// the schema.
func (s *Store) CheckWritable(ctx context.Context) (err error) {
	defer s.finish(ctx, opCheck, s.now(), &err)
	return s.mark(ctx)
}

// claim comes before anything is written: data of a newer version stay as they
// are, and the first to write says of which version the data are.
func (s *Store) claim(ctx context.Context) error {
	if s.claimed.Load() {
		return nil
	}
	return s.mark(ctx)
}

// mark writes the version of the schema, if there is none or an older one, and
// reads it. From then on, programs that know the older one only leave the data
// alone.
func (s *Store) mark(ctx context.Context) error {
	answer, err := s.run(ctx, schemaScript, []string{s.keys.schema()}, schemaVersion)
	if err != nil {
		return err
	}
	text, isText := answer.(string)
	if !isText {
		return errReply
	}
	err = s.readSchema(text)
	s.claimed.Store(err == nil)
	return err
}

func (s *Store) readSchema(text string) error {
	version, err := strconv.Atoi(text)
	switch {
	case err != nil || version < 1:
		return fmt.Errorf("%s holds %q, which is no version of ringfence's data: choose another prefix", s.keys.schema(), text)
	case version > schemaVersion:
		return fmt.Errorf("%w: %s says version %d, this program reads up to %d: install the newer ringfence, or choose another prefix",
			ErrNewerSchema, s.keys.schema(), version, schemaVersion)
	}
	return nil
}
