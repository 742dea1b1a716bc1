package store

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/phone"
)

// headerField begins the fields of a feed that hold lines of its header.
const headerField = "header:"

// writeFeed returns the fields of a feed's hash and their values; what is
// empty or zero is left out.
func writeFeed(f feed.Feed) []any {
	fields := []any{}
	set := func(name, value string) {
		if value != "" {
			fields = append(fields, name, value)
		}
	}
	set("url", f.URL)
	set("every", f.Every.String())
	set("max_size", count(f.MaxSize))
	set("format", string(f.Rows.Format))
	set("region", string(f.Rows.Region))
	set("kind", string(f.Rows.Kind))
	set("action", string(f.Rows.Action))
	set("reason", f.Rows.Reason)
	if f.Rows.For > 0 {
		set("for", f.Rows.For.String())
	}
	set("min_reports", count(int64(f.Rows.MinReports)))
	if f.Rows.Keep {
		set("keep", "1")
	}
	set("created", seconds(f.Created))
	set("author", f.Author)
	set("revision", f.Revision)
	for _, name := range f.Header.Names() {
		set(headerField+name, f.Header[name])
	}
	return fields
}

// readFeed reads a feed's hash.
func readFeed(name string, hash map[string]string) (feed.Feed, error) {
	var wrong []error
	duration := func(field string) (span time.Duration) {
		if hash[field] == "" {
			return 0
		}
		span, err := time.ParseDuration(hash[field])
		wrong = append(wrong, err)
		return span
	}
	number := func(field string) int64 {
		if hash[field] == "" {
			return 0
		}
		n, err := strconv.ParseInt(hash[field], 10, 64)
		wrong = append(wrong, err)
		return n
	}
	f := feed.Feed{
		Name: name, URL: hash["url"], Every: duration("every"), MaxSize: number("max_size"),
		Rows: feed.Rows{
			Format: listfile.Format(hash["format"]), Region: phone.Region(hash["region"]),
			Kind: blacklist.Kind(hash["kind"]), Action: blacklist.Action(hash["action"]), Reason: hash["reason"],
			For: duration("for"), MinReports: int(number("min_reports")), Keep: hash["keep"] == "1",
		},
		Created: moment(hash["created"]), Author: hash["author"], Revision: hash["revision"],
	}
	for field, value := range hash {
		if name, found := strings.CutPrefix(field, headerField); found {
			if f.Header == nil {
				f.Header = feed.Header{}
			}
			f.Header[name] = value
		}
	}
	if _, err := blacklist.ParseKind(hash["kind"]); err != nil {
		wrong = append(wrong, err)
	}
	if err := errors.Join(wrong...); err != nil {
		return feed.Feed{}, fmt.Errorf("read the feed %s: %w", name, err)
	}
	return f, f.Check()
}

// writeFeedState returns the fields of a state's hash and their values.
func writeFeedState(state feed.State) []any {
	fields := []any{}
	for _, field := range []struct{ name, value string }{
		{"outcome", state.Outcome},
		{"etag", state.Validators.ETag},
		{"last_modified", state.Validators.LastModified},
		{"checked", seconds(state.Checked)},
		{"succeeded", seconds(state.Succeeded)},
		{"changed", seconds(state.Changed)},
		{"failures", count(int64(state.Failures))},
		{"due", seconds(state.Due)},
		{"batch", state.Batch},
		{"rows", count(state.Rows)},
	} {
		if field.value != "" {
			fields = append(fields, field.name, field.value)
		}
	}
	return fields
}

// readFeedState reads a state's hash. What cannot be read is as if it had never
// been: the feed is looked for again.
func readFeedState(hash map[string]string) feed.State {
	failures, _ := strconv.Atoi(hash["failures"])
	rows, _ := strconv.ParseInt(hash["rows"], 10, 64)
	return feed.State{
		Outcome:    hash["outcome"],
		Validators: feed.Validators{ETag: hash["etag"], LastModified: hash["last_modified"]},
		Checked:    moment(hash["checked"]), Succeeded: moment(hash["succeeded"]), Changed: moment(hash["changed"]),
		Failures: failures, Due: moment(hash["due"]), Batch: hash["batch"], Rows: rows,
	}
}
