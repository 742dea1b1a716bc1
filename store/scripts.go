package store

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"strconv"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed *.lua
var luaFiles embed.FS

// errReply means that a script gave an answer that it never gives.
var errReply = errors.New("unexpected answer of Redis")

// run runs a script. A server that doesn't know it is taught it: each primary of
// a cluster has its own memory of scripts, and one that has just become primary
// has none.
func (s *Store) run(ctx context.Context, script *redis.Script, keys []string, args ...any) *redis.Cmd {
	answer := script.Run(ctx, s.client, keys, args...)
	if err := answer.Err(); err != nil {
		answer.SetErr(s.schemaError(ctx, err))
	}
	return answer
}

// write runs a script that writes, which has lib.lua before it.
func (s *Store) write(ctx context.Context, script *redis.Script, args ...any) *redis.Cmd {
	if s.schema.Load() != nil {
		ctx = ownCheck(ctx)
	}
	return s.run(ctx, script, []string{s.keys.schema()}, append([]any{rand.Text(), s.maxEvents}, args...)...)
}

// newScript makes a script that writes of files, with lib.lua before them. NAMES
// in a file means the fields of a record.
func newScript(names ...string) *redis.Script {
	text := scriptText(names...)
	return redis.NewScript(permission(scriptCommands(text)) + text)
}

func scriptText(names ...string) string {
	var text strings.Builder
	text.WriteString("local SCHEMA = '" + strconv.Itoa(schemaVersion) + "'\n" + lua("lib.lua"))
	for _, name := range names {
		text.WriteString(lua(name))
	}
	return strings.ReplaceAll(text.String(), "NAMES", recordNames())
}

// scriptCommands returns the commands that a script calls.
func scriptCommands(text string) (called []command) {
	for _, c := range commands {
		if strings.Contains(text, "call('"+strings.ToUpper(c.name)+"'") {
			called = append(called, c)
		}
	}
	return called
}

// permission is the beginning of a script that fails at once unless the user may use
// the commands. Redis checks each of them only when the script calls it, and does not
// undo those before it. Redis before 7.0 cannot be asked.
func permission(needed []command) string {
	var asked []string
	for _, c := range needed {
		asked = append(asked, "may('"+c.name+"'"+strings.Repeat(", KEYS[1]", min(1, c.keys))+strings.Repeat(", '0'", max(0, c.keys-1)+c.words)+")")
	}
	return "local may = redis.acl_check_cmd\nif may and not (" + strings.Join(asked, " and ") + ") then\n" +
		"\treturn redis.error_reply('NOPERM this user has no permissions to run all commands of a script')\nend\n"
}

// newReader makes a script of a file that writes nothing of the installation.
func newReader(name string) *redis.Script { return redis.NewScript(lua(name)) }

// lua returns a file without its first lines of comment, which tell the reader
// what the script does and need not travel.
func lua(name string) string {
	data, err := luaFiles.ReadFile(name)
	if err != nil {
		panic(err) // a name that no file has
	}
	text := string(data)
	for strings.HasPrefix(text, "--") {
		_, text, _ = strings.Cut(text, "\n")
	}
	return text
}

// texts reads a part of an answer that is a list of texts.
func texts(answer any) ([]string, error) {
	items, isList := answer.([]any)
	if !isList {
		return nil, errReply
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
