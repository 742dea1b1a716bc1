package main

import (
	"bufio"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/redis/go-redis/v9"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
	"github.com/ringfence/ringfence/store"
)

func TestNumbersAreAllDifferent(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for i := range 200_000 {
		number := listedNumber(i)
		if seen[number] || len(number) != len("+493012345678") {
			t.Fatalf("number %d is %s, seen before: %v", i, number, seen[number])
		}
		seen[number] = true
	}
}

func TestFilesAreTheSameEachTime(t *testing.T) {
	t.Parallel()
	read := func() string {
		folder := t.TempDir()
		path, err := writeComplaints(folder, 1000)
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	text := read()
	if text != read() {
		t.Error("the file differs from one time to the next")
	}
	for _, dirt := range []string{",None,", ",-,", "\"Two\nlines\"", "\"Winston, Salem\"", ",(", "Issue,,"} {
		if !strings.Contains(strings.ReplaceAll(text, "Unwanted Calls,,", "Issue,,"), dirt) {
			t.Errorf("no %q in it", dirt)
		}
	}
}

// The comparison is worth something only if redis-cli writes the same keys.
func TestADumpMakesTheSameKeys(t *testing.T) {
	t.Parallel()
	from, to := labtest.NeedRedis(t, lab.RedisOptions{}), labtest.NeedRedis(t, lab.RedisOptions{})
	source := redis.NewClient(&redis.Options{Addr: from.Address(), Protocol: 2})
	defer func() { _ = source.Close() }()
	target := redis.NewClient(&redis.Options{Addr: to.Address(), Protocol: 2})
	defer func() { _ = target.Close() }()
	ctx := t.Context()
	list, created := []any{"ZADD", store.DefaultPrefix + "list"}, []any{"ZADD", store.DefaultPrefix + "created"}
	for i := range 3000 {
		list = append(list, 0, listedNumber(i)+"\tblock\t1\t\t\tmanual\t\twith\\nlines and \x00")
		created = append(created, i, listedNumber(i))
	}
	for _, command := range [][]any{list, created} {
		if err := source.Do(ctx, command...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	dump, err := writeDump(ctx, source, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	words, err := lab.RedisCLI(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	port := strings.TrimPrefix(to.Address(), "127.0.0.1:")
	if _, err := (&bench{}).command(ctx, dump, nil, append(words, "-p", port, "--pipe")...); err != nil {
		t.Fatal(err)
	}
	for _, name := range listKeys {
		key := store.DefaultPrefix + name
		want, got := source.ZRangeWithScores(ctx, key, 0, -1).Val(), target.ZRangeWithScores(ctx, key, 0, -1).Val()
		if diff := cmp.Diff(want, got); diff != "" || len(got) != 3000 {
			t.Errorf("%s differs: %s", key, diff)
		}
	}
}

func TestWriteCommandsKeepsPairsTogether(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	w := bufio.NewWriter(&text)
	writeCommands(w, "HSET", "k", make([]string, commandWords+2))
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(text.String(), "*1002\r\n$4\r\nHSET\r\n$1\r\nk\r\n$0\r\n") || !strings.Contains(text.String(), "*4\r\n") {
		t.Errorf("got %.60q", text.String())
	}
}

func TestReadOptions(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		args []string
		want options
		fail string
	}{
		{"nothing", nil, options{1_000_000, 1_800_000, 1000, 20_000, 1_000_000}, ""},
		{"quick", []string{"--quick"}, options{50_000, 90_000, 1000, 20_000, 50_000}, ""},
		{"too few", []string{"--rows", "5"}, options{}, "must be 1000 to"},
		{"too many", []string{"--prefixes", "10001"}, options{}, "prefixes must be"},
		{"too few calls", []string{"--calls", "999"}, options{}, "calls must be 1000 to"},
		{"no decisions", []string{"--decisions", "0"}, options{}, "at least 100 decisions"},
		{"a word", []string{"fast"}, options{}, `unexpected argument "fast"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := readOptions(test.args, io.Discard)
			if test.fail != "" {
				if err == nil || !strings.Contains(err.Error(), test.fail) {
					t.Errorf("error %v, want one with %q", err, test.fail)
				}
				return
			}
			if diff := cmp.Diff(test.want, got); err != nil || diff != "" {
				t.Error(err, diff)
			}
		})
	}
}
