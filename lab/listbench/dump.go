package main

import (
	"bufio"
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"
)

// writeDump writes the commands that make every key of a Redis anew, in
// Redis' own protocol, as redis-cli --pipe reads them.
func writeDump(ctx context.Context, client *redis.Client, folder string) (path string, err error) {
	var failed error
	path, err = writeFile(folder, "dump.resp", func(w *bufio.Writer) { failed = dumpAll(ctx, client, w) })
	if failed != nil {
		return "", fmt.Errorf("read the keys: %w", failed)
	}
	return path, err
}

const scanPage = 1000

func dumpAll(ctx context.Context, client *redis.Client, w *bufio.Writer) error {
	var cursor uint64
	for {
		keys, next, err := client.Scan(ctx, cursor, "*", scanPage).Result()
		if err != nil {
			return err
		}
		if err := dumpKeys(ctx, client, keys, w); err != nil {
			return err
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

func dumpKeys(ctx context.Context, client *redis.Client, keys []string, w *bufio.Writer) error {
	kinds := make([]*redis.StatusCmd, len(keys))
	if _, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, key := range keys {
			kinds[i] = pipe.Type(ctx, key)
		}
		return nil
	}); err != nil {
		return err
	}
	answers := make([]redis.Cmder, len(keys))
	if _, err := client.Pipelined(ctx, func(pipe redis.Pipeliner) error {
		for i, key := range keys {
			switch kinds[i].Val() {
			case "hash":
				answers[i] = pipe.Do(ctx, "HGETALL", key)
			case "zset":
				answers[i] = pipe.ZRangeWithScores(ctx, key, 0, -1)
			case "set":
				answers[i] = pipe.SMembers(ctx, key)
			case "list":
				answers[i] = pipe.LRange(ctx, key, 0, -1)
			case "string":
				answers[i] = pipe.Get(ctx, key)
			}
		}
		return nil
	}); err != nil {
		return err
	}
	for i, key := range keys {
		dumpKey(w, key, answers[i])
	}
	return nil
}

// dumpKey writes one key, in commands of a bounded length. Streams, which hold
// what was done and not the list, are left out.
func dumpKey(w *bufio.Writer, key string, answer redis.Cmder) {
	switch a := answer.(type) {
	case *redis.Cmd: // a hash, in the order in which it is kept
		dumpHash(w, key, a.Val())
	case *redis.ZSliceCmd:
		var words []string
		for _, z := range a.Val() {
			words = append(words, strconv.FormatFloat(z.Score, 'f', -1, 64), z.Member.(string)) //nolint:forcetypeassert // Redis answers in texts.
		}
		writeCommands(w, "ZADD", key, words)
	case *redis.StringSliceCmd:
		if a.Name() == "lrange" {
			writeCommands(w, "RPUSH", key, a.Val())
			return
		}
		writeCommands(w, "SADD", key, a.Val())
	case *redis.StringCmd:
		writeCommands(w, "SET", key, []string{a.Val()})
	}
}

func dumpHash(w *bufio.Writer, key string, answer any) {
	var words []string
	switch flat := answer.(type) {
	case []any:
		for _, word := range flat {
			words = append(words, fmt.Sprint(word))
		}
	case map[any]any:
		for name, value := range flat {
			words = append(words, fmt.Sprint(name), fmt.Sprint(value))
		}
	}
	writeCommands(w, "HSET", key, words)
}

// commandWords bounds how many words one command has; it is even, so that
// pairs stay together.
const commandWords = 1000

func writeCommands(w *bufio.Writer, name, key string, words []string) {
	for len(words) > 0 {
		n := min(len(words), commandWords)
		fmt.Fprintf(w, "*%d\r\n", n+2)
		writeWord(w, name)
		writeWord(w, key)
		for _, word := range words[:n] {
			writeWord(w, word)
		}
		words = words[n:]
	}
}

func writeWord(w *bufio.Writer, word string) { fmt.Fprintf(w, "$%d\r\n%s\r\n", len(word), word) }
