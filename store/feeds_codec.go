package store

import (
	"errors"
	"fmt"
	"maps"
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

// writeFeed returns the hash of a feed; what is empty or zero is left out.
func writeFeed(f feed.Feed) map[string]string {
	hash := map[string]string{
		"url": f.URL, "every": f.Every.String(), "max_size": count(f.MaxSize), "format": string(f.Rows.Format),
		"region": string(f.Rows.Region), "kind": string(f.Rows.Kind), "action": string(f.Rows.Action), "reason": f.Rows.Reason,
		"columns": strings.Join(f.Rows.Columns, "\n"), "min_reports": count(int64(f.Rows.MinReports)), "created": seconds(f.Created), "author": f.Author, "revision": f.Revision,
	}
	if f.Rows.For > 0 {
		hash["for"] = f.Rows.For.String()
	}
	if f.Rows.Keep {
		hash["keep"] = "1"
	}
	for name, value := range f.Header {
		hash[headerField+name] = value
	}
	maps.DeleteFunc(hash, func(_, value string) bool { return value == "" })
	return hash
}

// pairs returns the names and texts of a hash as arguments.
func pairs(hash map[string]string) []any {
	args := make([]any, 0, 2*len(hash))
	for name, value := range hash {
		args = append(args, name, value)
	}
	return args
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
	if hash["columns"] != "" {
		f.Rows.Columns = strings.Split(hash["columns"], "\n")
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

// writeFeedState returns the hash of a state; what is empty or zero is left out.
func writeFeedState(state feed.State) map[string]string {
	hash := map[string]string{
		"outcome": state.Outcome, "etag": state.Validators.ETag, "last_modified": state.Validators.LastModified,
		"checked": seconds(state.Checked), "succeeded": seconds(state.Succeeded), "changed": seconds(state.Changed),
		"failures": count(int64(state.Failures)), "due": seconds(state.Due), "batch": state.Batch, "rows": count(state.Rows),
		"problems": strings.Join(state.Problems, "\n"),
	}
	maps.DeleteFunc(hash, func(_, value string) bool { return value == "" })
	return hash
}

// readFeedState reads a state's hash. What cannot be read is zero: the feed is
// fetched again.
func readFeedState(hash map[string]string) feed.State {
	failures, _ := strconv.Atoi(hash["failures"])
	rows, _ := strconv.ParseInt(hash["rows"], 10, 64)
	var problems []string
	if hash["problems"] != "" {
		problems = strings.Split(hash["problems"], "\n")
	}
	return feed.State{
		Outcome:    hash["outcome"],
		Problems:   problems,
		Validators: feed.Validators{ETag: hash["etag"], LastModified: hash["last_modified"]},
		Checked:    moment(hash["checked"]), Succeeded: moment(hash["succeeded"]), Changed: moment(hash["changed"]),
		Failures: failures, Due: moment(hash["due"]), Batch: hash["batch"], Rows: rows,
	}
}
