package cli

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/web"
)

// scriptNoun runs a command in all formats, as in `noun entries ringfence list`, and
// compares them: JSON has the rows under the key, "-" for a single value, CSV has the
// same keys and values in the same order, and times are UTC. After a ~, only the keys
// are compared: the command changes something, or shows the present time.
func scriptNoun(ts *testscript.TestScript, _ bool, args []string) {
	key, changing := strings.CutPrefix(args[0], "~")
	command := args[1:]
	run := func(format string) string {
		err := ts.Exec(command[0], append(slices.Clone(command[1:]), "--output", format)...)
		if err != nil && err.Error() != "exit status 3" {
			ts.Fatalf("%v", err)
		}
		return ts.ReadFile("stdout")
	}
	whole := run(outputJSON)
	ts.Check(checkTimes(whole))
	rows, err := pageRows(key, whole)
	ts.Check(err)
	if len(rows) == 0 {
		ts.Fatalf("no rows: nothing is compared")
	}
	var lines []json.RawMessage
	for line := range strings.Lines(run(outputLines)) {
		lines = append(lines, json.RawMessage(line))
	}
	table, err := csv.NewReader(strings.NewReader(run(outputCSV))).ReadAll()
	ts.Check(err)
	if len(lines) != len(rows) || len(table) != 1+len(rows) {
		ts.Fatalf("%d rows of JSON, %d lines of JSON, %d rows of CSV with the header", len(rows), len(lines), len(table))
	}
	for i, row := range rows {
		var plain bytes.Buffer
		ts.Check(json.Compact(&plain, row))
		if got := strings.TrimSpace(string(lines[i])); got != plain.String() && !changing {
			ts.Fatalf("the line is %s, want %s", got, &plain)
		}
		ts.Check(sameRow(row, table[0], table[1+i], !changing))
	}
}

// pageRows returns the rows of a page.
func pageRows(key, text string) ([]json.RawMessage, error) {
	if key == "-" {
		return []json.RawMessage{json.RawMessage(text)}, nil
	}
	var page map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &page); err != nil {
		return nil, err
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(page[key], &rows); err != nil {
		return nil, fmt.Errorf("no list %s in %s", key, text)
	}
	var total int
	if err := json.Unmarshal(page["total"], &total); err != nil || total < len(rows) {
		return nil, fmt.Errorf("a total of %d for %d rows", total, len(rows))
	}
	return rows, nil
}

// anyTime finds what begins like a time in RFC 3339; utcTime is how it is written.
var (
	anyTime = regexp.MustCompile(`"20\d\d-\d\d-\d\d[T ][^"]*"`)
	utcTime = regexp.MustCompile(`^"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,3})?Z"$`)
)

func checkTimes(text string) error {
	for _, at := range anyTime.FindAllString(text, -1) {
		if !utcTime.MatchString(at) {
			return fmt.Errorf("the time %s is not UTC in milliseconds or seconds", at)
		}
	}
	return nil
}

// sameRow compares an object of JSON with a row of CSV.
func sameRow(object json.RawMessage, header, cells []string, values bool) error {
	next := 0
	return eachValue(object, "", func(key, value string) error {
		at := slices.Index(header[next:], key)
		if at < 0 {
			return fmt.Errorf("CSV has no column %s after column %d of %v", key, next, header)
		}
		next += at
		// An apostrophe keeps spreadsheets from taking a text for a formula.
		if cell := strings.TrimPrefix(cells[next], "'"); values && cell != value {
			return fmt.Errorf("%s is %q in CSV, %q in JSON", key, cell, value)
		}
		next++
		return nil
	})
}

// eachValue calls do with each value of an object that CSV has, in order.
func eachValue(object json.RawMessage, prefix string, do func(key, value string) error) error {
	in := json.NewDecoder(bytes.NewReader(object))
	if _, err := in.Token(); err != nil {
		return err
	}
	for in.More() {
		key, err := in.Token()
		if err != nil {
			return err
		}
		var value json.RawMessage
		if err := in.Decode(&value); err != nil {
			return err
		}
		name := prefix + fmt.Sprint(key)
		var text string
		var texts []string
		var objects []map[string]json.RawMessage
		switch {
		case json.Unmarshal(value, &text) == nil:
			err = do(name, printable(text))
		case json.Unmarshal(value, &texts) == nil:
			err = do(name, printable(strings.Join(texts, "; ")))
		case json.Unmarshal(value, &objects) == nil:
		case value[0] == '{' && !isMap(name):
			err = eachValue(value, name+".", do)
		case string(value) == "{}":
			err = do(name, "")
		default:
			var plain bytes.Buffer
			_ = json.Compact(&plain, value)
			err = do(name, plain.String())
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// isMap reports whether a key holds counts by names that are data.
func isMap(key string) bool { return key == "counts" || key == "causes" }

// commandNouns returns the nouns of commands that do not use app.
func commandNouns() []app.Noun {
	return []app.Noun{
		{Name: "finding", Key: "findings", From: "doctor", Type: reflect.TypeFor[doctor.Finding]()},
		{Name: "health", From: "health", Type: reflect.TypeFor[web.Health]()},
		{Name: "part of the health", Type: reflect.TypeFor[web.Part]()},
		{Name: "option", Key: "options", From: "config show", Type: reflect.TypeFor[settingSource]()},
		{Name: "sink test", Key: "tests", From: "notify test", Type: reflect.TypeFor[sinkTest]()},
		{Name: "version", From: "version", Type: reflect.TypeFor[build]()},
	}
}

func TestEveryNounHasAKeyOnce(t *testing.T) {
	t.Parallel()
	keys := map[string]bool{}
	for _, n := range append(app.Nouns(), commandNouns()...) {
		if keys[n.Key] && n.Key != "" {
			t.Errorf("two nouns have the key %s", n.Key)
		}
		keys[n.Key] = true
		if n.Key != "" && n.From == "" {
			t.Errorf("no command writes %s", n.Key)
		}
	}
}
