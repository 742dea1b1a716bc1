package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/blacklist/batch"
)

const (
	// batchLife is how long a batch can be undone.
	batchLife = 30 * 24 * time.Hour
	// batchesEach is how many batches of one source are stored, so that a feed
	// with many doesn't push out those of others.
	batchesEach = 20
)

var _ batch.Journal = (*Store)(nil)

// SaveBatch writes a batch, new or as it is now. It lasts for 30 days from when it
// was new, by Redis' clock, and until its source has 20 newer ones.
func (s *Store) SaveBatch(ctx context.Context, b batch.Batch) (err error) {
	defer s.finish(ctx, opSaveBatch, s.now(), &err)
	if err := s.claim(ctx); err != nil {
		return err
	}
	text, err := json.Marshal(b)
	if err != nil {
		return fmt.Errorf("batch %s: %w", b.ID, err)
	}
	switch err := s.client.ZScore(ctx, s.keys.batches(), b.ID).Err(); {
	case err == nil:
		replaced, err := s.client.SetXX(ctx, s.keys.batch(b.ID), text, redis.KeepTTL).Result()
		if err != nil || replaced {
			return err
		}
	case !errors.Is(err, redis.Nil):
		return err
	}
	if _, err := s.client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Set(ctx, s.keys.batch(b.ID), text, batchLife)
		pipe.ZAdd(ctx, s.keys.batches(), redis.Z{Score: float64(s.Now().UnixMilli()), Member: b.ID})
		return nil
	}); err != nil {
		return err
	}
	return s.pruneBatches(ctx)
}

// pruneBatches deletes the oldest batches of sources that have too many, but none
// that is running or is being undone.
func (s *Store) pruneBatches(ctx context.Context) error {
	found, old, err := s.readBatches(ctx)
	if err != nil {
		return err
	}
	each, needed := map[string]int{}, map[string]bool{}
	for _, b := range found {
		if b.State == batch.Running {
			needed[b.ID], needed[b.Undoes] = true, true
		}
	}
	for _, b := range found {
		if each[b.Source]++; each[b.Source] > batchesEach && !needed[b.ID] {
			old = append(old, b.ID)
		}
	}
	if len(old) == 0 {
		return nil
	}
	_, err = s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for _, id := range old {
			pipe.Unlink(ctx, s.keys.batch(id), s.keys.journal(id))
			pipe.ZRem(ctx, s.keys.batches(), id)
		}
		return nil
	})
	return err
}

// Batches returns the batches that can be undone, or were, the newest first.
func (s *Store) Batches(ctx context.Context) (batches []batch.Batch, err error) {
	defer s.finish(ctx, opBatches, s.now(), &err)
	batches, _, err = s.readBatches(ctx)
	return batches, err
}

// readBatches returns all batches, the newest first, and the ids of those that
// have expired.
func (s *Store) readBatches(ctx context.Context) (found []batch.Batch, expired []string, err error) {
	ids, err := s.client.ZRevRange(ctx, s.keys.batches(), 0, -1).Result()
	if err != nil {
		return nil, nil, err
	}
	texts := make([]*redis.StringCmd, len(ids))
	if _, err := s.client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, id := range ids {
			texts[i] = pipe.Get(ctx, s.keys.batch(id))
		}
		return nil
	}); err != nil && !errors.Is(err, redis.Nil) {
		return nil, nil, err
	}
	for i, text := range texts {
		switch b, err := readBatch(ids[i], text); {
		case err == nil:
			found = append(found, b)
		case errors.Is(err, batch.ErrNoBatch):
			expired = append(expired, ids[i])
		default:
			return nil, nil, err
		}
	}
	return found, expired, nil
}

// Batch returns the batch with an id, or an error that wraps batch.ErrNoBatch.
func (s *Store) Batch(ctx context.Context, id string) (b batch.Batch, err error) {
	defer s.finish(ctx, opBatch, s.now(), &err)
	return readBatch(id, s.client.Get(ctx, s.keys.batch(id)))
}

func readBatch(id string, answer *redis.StringCmd) (b batch.Batch, err error) {
	text, err := answer.Bytes()
	if errors.Is(err, redis.Nil) {
		return b, fmt.Errorf("%w: %s", batch.ErrNoBatch, id)
	}
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(text, &b); err != nil {
		return b, fmt.Errorf("batch %s cannot be read: %w", id, err)
	}
	return b, nil
}

// Chunks returns the numbers of the chunks that a batch's journal has, in
// ascending order.
func (s *Store) Chunks(ctx context.Context, id string) (numbers []int, err error) {
	defer s.finish(ctx, opChunks, s.now(), &err)
	names, err := s.client.HKeys(ctx, s.keys.journal(id)).Result()
	if err != nil {
		return nil, err
	}
	numbers = make([]int, len(names))
	for i, name := range names {
		if numbers[i], err = strconv.Atoi(name); err != nil {
			return nil, fmt.Errorf("the journal of batch %s has a chunk %q", id, name)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// Chunk returns a chunk of a batch's journal.
func (s *Store) Chunk(ctx context.Context, id string, number int) (chunk []byte, err error) {
	defer s.finish(ctx, opChunk, s.now(), &err)
	chunk, err = s.client.HGet(ctx, s.keys.journal(id), strconv.Itoa(number)).Bytes()
	if errors.Is(err, redis.Nil) {
		return nil, fmt.Errorf("%w: %s has no chunk %d any more", batch.ErrNoBatch, id, number)
	}
	return chunk, err
}
