package feed

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/phone"
)

const (
	// MinEvery is the minimum time between two fetches of a feed. Publishers ask for
	// much longer times.
	MinEvery = 15 * time.Minute
	// MaxEvery is the maximum time between two fetches of a feed.
	MaxEvery = 366 * 24 * time.Hour
	// DefaultMaxSize is the default maximum size of a file in bytes, compressed or
	// not.
	DefaultMaxSize = 256 << 20
	// maxName is the maximum length of a name in bytes: every entry shows it.
	maxName = 64
)

// Feed is a subscription.
type Feed struct {
	// Name is the source of its entries.
	Name string
	// URL is http://, https:// or file://. It may hold secrets: show ShownAddress.
	URL string
	// Every is the time between two fetches, from MinEvery to MaxEvery.
	Every time.Duration
	// Header is sent with each request. Its values are secrets.
	Header Header
	// MaxSize is the maximum size of the file in bytes, compressed or not; above 0.
	MaxSize int64
	// Rows is how rows are read.
	Rows Rows
	// Created is when the feed was added, Author by whom.
	Created time.Time
	Author  string
	// Revision differs for a later feed with the same name.
	Revision string
}

// Rows is how the file of a feed is read, and the defaults of its rows.
type Rows struct {
	// Format is the format of the file; listfile.Any means to detect it.
	Format listfile.Format
	// Columns are the names of the columns that have the numbers of a table; without
	// them, its header has to have a known name.
	Columns []string
	// Region is the region of national spellings; "" means that of the process.
	Region phone.Region
	// Kind is Block or Allow. Action and Reason are for rows without them.
	Kind   blacklist.Kind
	Action blacklist.Action
	Reason string
	// For is how long entries stay after an import of the file; 0 means no end.
	For time.Duration
	// MinReports is the minimum number of reports of a number.
	MinReports int
	// Keep keeps entries missing from the file.
	Keep bool
}

var name = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

// CheckName returns an error if a text is not a valid name of a feed.
func CheckName(text string) error {
	switch {
	case len(text) > maxName:
		return fmt.Errorf("the name is longer than %d characters", maxName)
	case !name.MatchString(text):
		return fmt.Errorf("invalid name %q: use letters, digits, - _ and ., and begin with a letter or digit", text)
	case blacklist.ReservedSource(text):
		return fmt.Errorf("the name %q is reserved: choose another name", text)
	}
	return nil
}

// Check returns everything that is invalid, or nil. It shows no secret.
func (f Feed) Check() error { return errors.Join(f.Problems()...) }

// Problems returns an error for each thing that is invalid. Some may be nil.
func (f Feed) Problems() []error {
	errs := []error{CheckName(f.Name), checkURL(f.URL), f.Header.Check()}
	if f.Every < MinEvery || f.Every > MaxEvery {
		errs = append(errs, errors.New("every must be between 15m and 366d"))
	}
	if f.MaxSize <= 0 {
		errs = append(errs, errors.New("max-size must be above 0"))
	}
	if f.Rows.MinReports < 0 {
		errs = append(errs, errors.New("min-reports must be 0 or more"))
	}
	if f.Rows.For < 0 {
		errs = append(errs, errors.New("for must not be negative"))
	}
	if f.Rows.Kind == blacklist.Allow && f.Rows.Action != blacklist.DefaultAction {
		errs = append(errs, errors.New("an action is for blocked callers only"))
	}
	if len(f.Header) > 0 && f.local() {
		errs = append(errs, errors.New("a header is for http:// and https:// only"))
	}
	return errs
}
