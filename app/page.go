package app

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
)

// Page is a part of a list of one noun. In JSON it is an object: the rows under the
// key of the noun, "total" and "next".
type Page[T any] struct {
	Rows []T
	// Total is the number of rows on all pages.
	Total int64
	// Next is the cursor of the next page, "" if there is none.
	Next string

	// key is that of the JSON; "" for the key of the noun.
	key string
}

// Whole returns a page with all rows.
func Whole[T any](rows []T) Page[T] { return Page[T]{Rows: rows, Total: int64(len(rows))} }

// oneMore returns the limit of a query that shows whether there are more rows.
func oneMore(limit int) int {
	if limit == 0 {
		return 0
	}
	return limit + 1
}

// newPage returns the page after a cursor, of rows that were asked for with oneMore. It
// counts only if there are rows on other pages.
func newPage[T any](rows []T, limit int, after string, id func(T) string, count func() (int64, error)) (page Page[T], err error) {
	page = Whole(rows)
	if limit > 0 && len(rows) > limit {
		page.Rows, page.Next = rows[:limit], id(rows[limit-1])
	}
	if page.Next != "" || after != "" {
		page.Total, err = count()
	}
	return page, err
}

// Named returns a page with all rows of a noun that is not among Nouns.
func Named[T any](key string, rows []T) Page[T] {
	page := Whole(rows)
	page.key = key
	return page
}

// MarshalJSON writes the page with the key of its noun.
func (p Page[T]) MarshalJSON() ([]byte, error) {
	name := p.key
	if name == "" {
		name = Key[T]()
	}
	key, err := json.Marshal(name)
	if err != nil {
		return nil, err
	}
	rows, err := json.Marshal(append([]T{}, p.Rows...))
	if err != nil {
		return nil, err
	}
	rest, err := json.Marshal(PageEnd{Total: p.Total, Next: p.Next})
	if err != nil {
		return nil, err
	}
	return slices.Concat([]byte("{"), key, []byte(":"), rows, []byte(","), rest[1:]), nil
}

// PageEnd is what follows the rows of a page in JSON.
type PageEnd struct {
	// Number of rows on all pages.
	Total int64 `json:"total"`
	// Cursor of the next page; missing on the last one.
	Next string `json:"next,omitempty"`
}

// Noun is a type with one schema, in the JSON of the command line and of other
// programs.
type Noun struct {
	// Name of one of them, such as "entry".
	Name string
	// Key of a list of them, such as "entries"; "" if there are no lists of it.
	Key string
	// From are the commands that write it, "" for a part of other nouns.
	From string
	// Type is the type of its value.
	Type reflect.Type
}

// Nouns returns all nouns of this package.
func Nouns() []Noun {
	return []Noun{
		noun[blacklist.Entry]("entry", "entries", "list, stats --unused"),
		noun[EntryID]("entry name", "", ""),
		noun[Change]("change", "changes", "block, allow, remove, log block, log allow"),
		noun[blacklist.Rule]("rule", "", ""),
		noun[Report]("import", "imports", "import, import list, import undo, feed run"),
		noun[FeedReport]("feed", "feeds", "feed list, feed show, feed add"),
		noun[FeedRemoval]("feed removal", "", "feed remove"),
		noun[CheckedCall]("checked call", "", "check"),
		noun[screen.Check]("check with entry", "", ""),
		noun[schedule.State]("state of hours", "", ""),
		noun[Call]("call", "calls", "log, log show"),
		noun[calllog.Check]("check of a call", "", ""),
		noun[CallEvent]("event of a call", "", ""),
		noun[calllog.Tally]("count", "counts", "stats"),
		noun[Figures]("figures", "", "stats"),
		noun[ReplayLine]("replayed caller", "callers", "replay"),
		noun[ReplayResult]("replay", "", "replay"),
		noun[ReplaySum]("sum of a replay", "", ""),
		noun[Event]("event", "events", "audit"),
		noun[audit.By]("actor", "", ""),
		noun[blacklist.Edit]("edit", "", ""),
		noun[audit.Setting]("changed setting", "", ""),
		noun[AuditLine]("event line", "", "audit --output csv"),
		noun[UndoResult]("undo", "", "audit undo"),
		noun[audit.Undone]("undone changes", "", ""),
		noun[HoursState]("working time", "hours", "hours show, hours check, hours set"),
		noun[HoursRemoval]("removed working time", "removals", "hours remove"),
		noun[HoursChanges]("import of working time", "", "hours import"),
		noun[SourceRemoval]("removed source", "", "remove --source"),
		noun[Setting]("setting", "settings", "settings show, settings set, settings reset"),
	}
}

func noun[T any](name, key, from string) Noun { return Noun{name, key, from, reflect.TypeFor[T]()} }

// Key returns the key of a list of a noun. It panics if the type is no noun with
// lists.
func Key[T any]() string {
	for _, n := range Nouns() {
		if n.Type == reflect.TypeFor[T]() && n.Key != "" {
			return n.Key
		}
	}
	panic(fmt.Sprintf("app: %s is not in Nouns with a key", reflect.TypeFor[T]()))
}

// Milliseconds returns a duration in milliseconds, to the microsecond.
func Milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}
