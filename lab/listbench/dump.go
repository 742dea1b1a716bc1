package main

import (
	"bufio"
	"context"
	"fmt"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/store"
)

// listKeys are the keys, after the prefix, that hold every number of a list.
var listKeys = []string{"list", "created"}

// writeDump writes the commands that make the list of a Redis anew, in Redis'
// own protocol, as redis-cli --pipe reads them.
func writeDump(ctx context.Context, client *redis.Client, folder string) (path string, err error) {
	var failed error
	path, err = writeFile(folder, "dump.resp", func(w *bufio.Writer) {
		for _, name := range listKeys {
			if failed = dumpSet(ctx, client, store.DefaultPrefix+name, w); failed != nil {
				return
			}
		}
	})
	if failed != nil {
		return "", fmt.Errorf("read the keys: %w", failed)
	}
	return path, err
}

// dumpPage is how many members are read at a time.
const dumpPage = 10_000

func dumpSet(ctx context.Context, client *redis.Client, key string, w *bufio.Writer) error {
	for start := int64(0); ; start += dumpPage {
		members, err := client.ZRangeWithScores(ctx, key, start, start+dumpPage-1).Result()
		if err != nil || len(members) == 0 {
			return err
		}
		var words []string
		for _, z := range members {
			words = append(words, strconv.FormatFloat(z.Score, 'f', -1, 64), z.Member.(string)) //nolint:forcetypeassert // Redis answers in texts.
		}
		writeCommands(w, "ZADD", key, words)
	}
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
