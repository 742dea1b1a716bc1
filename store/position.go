package store

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

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

// compare says which of two positions comes first in an order.
func compare(order blacklist.Sort, a, b position) int {
	if order == blacklist.ByNumber || order == blacklist.ByExpiry {
		return cmp.Or(cmp.Compare(a.at, b.at), strings.Compare(a.rule, b.rule))
	}
	return cmp.Or(cmp.Compare(b.at, a.at), strings.Compare(b.rule, a.rule))
}

// cursor writes a position, readCursor reads it.
func cursor(order blacklist.Sort, at position) string {
	return string(order) + ":" + strconv.FormatInt(at.at, 10) + ":" + at.rule
}

func readCursor(order blacklist.Sort, text string) (position, error) {
	name, rest, _ := strings.Cut(text, ":")
	number, rule, _ := strings.Cut(rest, ":")
	at, err := strconv.ParseInt(number, 10, 64)
	if err != nil || blacklist.Sort(name) != order {
		return position{}, fmt.Errorf("%w, %s: %q", blacklist.ErrCursor, order, text)
	}
	if _, err := blacklist.ParseRule(rule); err != nil {
		return position{}, fmt.Errorf("%w, %s: %q", blacklist.ErrCursor, order, text)
	}
	return position{at: at, rule: rule}, nil
}
