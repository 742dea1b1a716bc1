package store

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed lib.lua
var libText string

// errReply means that a script answered what it never does.
var errReply = errors.New("redis gave an answer of an unknown form")

// invocation is one run of a script. Its keys lie in one slot.
type invocation struct {
	keys []string
	args []any
}

// runAll runs a script once for each invocation, in one round trip, and
// returns the answers. A server that doesn't know the script is taught it by
// the first invocation that finds this out: each primary of a cluster has its
// own memory of them, and one that has just become primary has none.
func (s *Store) runAll(ctx context.Context, script *redis.Script, invocations []invocation) ([]any, error) {
	answers := make([]any, len(invocations))
	left := make([]int, len(invocations))
	for i := range left {
		left[i] = i
	}
	for teach := false; len(left) > 0; teach = true {
		var err error
		if left, err = s.runSome(ctx, script, invocations, answers, left, teach); err != nil {
			return answers, s.schemaError(ctx, err)
		}
	}
	return answers, nil
}

// runSome runs the invocations with the given numbers, and returns the numbers
// of those that Redis has no script for. The first of them teaches it, if asked.
func (s *Store) runSome(ctx context.Context, script *redis.Script, invocations []invocation, answers []any, which []int, teach bool) ([]int, error) {
	commands := make([]*redis.Cmd, len(which))
	_, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, n := range which {
			run := script.EvalSha
			if teach && i == 0 {
				run = script.Eval
			}
			commands[i] = run(ctx, pipe, invocations[n].keys, invocations[n].args...)
		}
		return nil
	})
	if err != nil && !unknownScript(err) {
		return nil, err
	}
	var unknown []int
	for i, n := range which {
		answer, err := commands[i].Result()
		switch {
		case err == nil:
			answers[n] = answer
		case unknownScript(err):
			unknown = append(unknown, n)
		default:
			return nil, err
		}
	}
	return unknown, nil
}

func unknownScript(err error) bool { return redis.HasErrorPrefix(err, "NOSCRIPT") }

// run runs a script once.
func (s *Store) run(ctx context.Context, script *redis.Script, keys []string, args ...any) (any, error) {
	answers, err := s.runAll(ctx, script, []invocation{{keys, args}})
	if err != nil {
		return nil, err
	}
	return answers[0], nil
}

// write runs a script that writes, which has lib.lua before it.
func (s *Store) write(ctx context.Context, script *redis.Script, args ...any) (any, error) {
	if s.schema.Load() != nil {
		ctx = ownCheck(ctx)
	}
	run := s.writing(args)
	return s.run(ctx, script, run.keys, run.args...)
}

// writing is an invocation of a script that has lib.lua before it.
func (s *Store) writing(args []any) invocation {
	return invocation{[]string{s.keys.schema()}, append([]any{rand.Text(), s.maxEvents}, args...)}
}

// newScript makes a script of a file, with lib.lua before it.
func newScript(text string) *redis.Script {
	return redis.NewScript("local SCHEMA = '" + strconv.Itoa(schemaVersion) + "'\n" + withoutComment(libText) + withoutComment(text))
}

// newReader makes a script of a file that writes nothing of the installation.
func newReader(text string) *redis.Script { return redis.NewScript(withoutComment(text)) }

// withoutComment leaves out the first lines of comment, which tell the reader
// what a script does and need not travel.
func withoutComment(text string) string {
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// list reads an answer that is a list.
func list(answer any) ([]any, error) {
	items, ok := answer.([]any)
	if !ok {
		return nil, errReply
	}
	return items, nil
}

// integer reads an answer that is a whole number.
func integer(answer any) (int64, error) {
	number, ok := answer.(int64)
	if !ok {
		return 0, errReply
	}
	return number, nil
}

// texts reads an answer that is a list of texts.
func texts(answer any) ([]string, error) {
	items, err := list(answer)
	if err != nil {
		return nil, err
	}
	read := make([]string, len(items))
	for i, item := range items {
		text, isText := item.(string)
		if !isText {
			return nil, errReply
		}
		read[i] = text
	}
	return read, nil
}
