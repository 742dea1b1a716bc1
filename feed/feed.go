package feed

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

const (
	// MinEvery is the shortest time between two looks at a feed: those who
	// publish lists ask for far longer ones.
	MinEvery = 15 * time.Minute
	// MaxEvery is the longest.
	MaxEvery = 366 * 24 * time.Hour
	// DefaultMaxSize is how large a file may be unless a feed says otherwise,
	// in bytes, packed or unpacked.
	DefaultMaxSize = 256 << 20
	// maxName is the longest name, in bytes: it is shown beside every entry.
	maxName = 64
)

// Feed is a subscription.
type Feed struct {
	// Name is the source of its entries.
	Name string
	// URL is http://, https:// or file://. It may hold secrets: Address is
	// what may be shown of it.
	URL string
	// Every is the time between two looks, from MinEvery to MaxEvery.
	Every time.Duration
	// Header is sent along. Its values are secrets.
	Header Header
	// MaxSize bounds a file, in bytes, packed or unpacked; it is above zero.
	MaxSize int64
	// Rows says what its rows become.
	Rows Rows
	// Created is when it was subscribed to, Author by whom.
	Created time.Time
	Author  string
	// Revision is another for a later subscription of the same name.
	Revision string
}

// Rows says how a feed's file is read and what its rows become.
type Rows struct {
	// Format is how the file is laid out; listfile.Any leaves it to its header.
	Format listfile.Format
	// Region reads national spellings; "" leaves it to who fetches.
	Region phone.Region
	// Kind is what the rows are, Block or Allow, Action what blocked callers
	// get and Reason why, where a row says nothing of these itself.
	Kind   blacklist.Kind
	Action blacklist.Action
	Reason string
	// For is how long an entry stays once the file is brought in; 0 for ever.
	For time.Duration
	// MinReports is in how many rows a number must stand to be listed.
	MinReports int
	// Keep lets entries stay that the file doesn't name any more.
	Keep bool
}

var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// reserved are sources that are not a feed's: entries that somebody typed, and
// files from stdin.
var reserved = map[string]bool{"manual": true, "import": true}

// CheckName returns why a text is no name of a feed, or nil.
func CheckName(text string) error {
	switch {
	case len(text) > maxName:
		return fmt.Errorf("the name is longer than %d characters", maxName)
	case !name.MatchString(text):
		return fmt.Errorf("%q is no name of a feed: write letters, digits, - _ and ., the first a letter or digit", text)
	case reserved[strings.ToLower(text)]:
		return fmt.Errorf("the name %q is taken: entries that come from no feed have it", text)
	}
	return nil
}

// Check returns all that is wrong with the feed, or nil. It shows no secret.
func (f Feed) Check() error {
	wrong := []error{CheckName(f.Name), checkURL(f.URL), f.Header.Check()}
	if f.Every < MinEvery || f.Every > MaxEvery {
		wrong = append(wrong, fmt.Errorf("%s is no time between two looks: choose from %s to a year", f.Every, MinEvery))
	}
	if f.MaxSize <= 0 {
		wrong = append(wrong, errors.New("the largest size must be above 0"))
	}
	if f.Rows.MinReports < 0 {
		wrong = append(wrong, errors.New("the least number of reports must not be below 0"))
	}
	if f.Rows.For < 0 {
		wrong = append(wrong, errors.New("entries cannot stay for less than no time"))
	}
	if f.Rows.Kind == blacklist.Allow && f.Rows.Action != blacklist.DefaultAction {
		wrong = append(wrong, errors.New("callers that are allowed get no action"))
	}
	if len(f.Header) > 0 && f.local() {
		wrong = append(wrong, errors.New("a file takes no header"))
	}
	return errors.Join(wrong...)
}
