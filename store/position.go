package store

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// ErrCursor means that a query's After is no cursor of its order.
var ErrCursor = errors.New("no cursor of a list in this order")

// never is where those stand by expiry that never end.
const never = math.MaxInt64

// position is a place in an order. Where no entry stands any more, it still
// lies between the same ones.
type position struct {
	// at is the time in Unix seconds, or the number of hits; in the order by
	// number it is 0.
	at   int64
	rule string
	// line is that of the rule, "" if it has not been read yet.
	line string
}

// compare tells which of two positions comes first in an order.
func (order Sort) compare(a, b position) int {
	if order == ByNumber || order == ByExpiry {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.rule, b.rule))
	}
	return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(b.rule, a.rule))
}

// cursor writes a position, readCursor reads it.
func (order Sort) cursor(at position) string {
	return string(order) + ":" + strconv.FormatInt(at.at, 10) + ":" + at.rule
}

func (order Sort) readCursor(text string) (position, error) {
	name, rest, _ := strings.Cut(text, ":")
	number, rule, _ := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(number, 10, 64)
	if err != nil || Sort(name) != order {
		return position{}, fmt.Errorf("%w, %s: %q", ErrCursor, order, text)
	}
	if _, err := blacklist.ParseRule(rule); err != nil {
		return position{}, fmt.Errorf("%w, %s: %q", ErrCursor, order, text)
	}
	return position{at: at, rule: rule}, nil
}
