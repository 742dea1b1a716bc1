package policy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/span"
)

// Retention bounds the log of calls.
type Retention struct {
	// Count is the largest number of records, MinRecords to MaxRecords.
	Count int64
	// Age is how long a record is stored, at least a minute; 0 means no limit.
	Age time.Duration
}

// The bounds of Retention.Count.
const (
	MinRecords = 1000
	MaxRecords = 10_000_000
)

func (r *Retention) setCount(text string) error {
	count, err := strconv.ParseInt(text, 10, 64)
	if err != nil || count < MinRecords || count > MaxRecords {
		return fmt.Errorf("invalid number %q: use %d to %d", text, MinRecords, MaxRecords)
	}
	r.Count = count
	return nil
}

// noLimit is how a Retention without an age is written.
const noLimit = "0"

func (r *Retention) age() string {
	if r.Age == 0 {
		return noLimit
	}
	return span.Format(r.Age)
}

func (r *Retention) setAge(text string) error {
	if text == noLimit {
		r.Age = 0
		return nil
	}
	age, err := span.Parse(text)
	if err != nil {
		return fmt.Errorf("%w, or 0 for no limit", err)
	}
	if age < time.Minute {
		return fmt.Errorf("invalid duration %q: use at least 1m, or 0 for no limit", text)
	}
	r.Age = age
	return nil
}

// endpointName matches the name of an endpoint: a section of pjsip.conf
// without characters that are special in a list or in a dialplan.
var endpointName = regexp.MustCompile(`^[0-9A-Za-z._~@+-]{1,64}$`)

func splitEndpoints(text string) ([]string, error) {
	var names []string
	for part := range strings.SplitSeq(text, ",") {
		name := strings.TrimPrefix(strings.TrimSpace(part), "PJSIP/")
		switch {
		case name == "":
		case name == "*":
			return nil, errors.New("* is not possible, since a trunk is an endpoint too: name each telephone, for example 100,101")
		case !endpointName.MatchString(name):
			return nil, fmt.Errorf("invalid endpoint %s: use names from pjsip.conf, for example 100,front-desk", strconv.Quote(name))
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names, nil
}
