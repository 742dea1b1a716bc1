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

// Retention says how much of the log of calls is kept.
type Retention struct {
	// Count is the most records, MinRecords to MaxRecords.
	Count int64
	// Age is the longest that a record is kept, a minute at least; 0 stands for
	// no limit.
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
		return fmt.Errorf("%q is no number from %d to %d", text, MinRecords, MaxRecords)
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
		return fmt.Errorf("%q is less than a minute", text)
	}
	r.Age = age
	return nil
}

// endpointName is how an endpoint may be called: as a section of pjsip.conf,
// but for characters that mean something in a list or in a dialplan.
var endpointName = regexp.MustCompile(`^[0-9A-Za-z._~@+-]{1,64}$`)

func splitEndpoints(text string) ([]string, error) {
	var names []string
	for part := range strings.SplitSeq(text, ",") {
		name := strings.TrimPrefix(strings.TrimSpace(part), "PJSIP/")
		switch {
		case name == "":
		case name == "*":
			return nil, errors.New("each telephone has to be named, since a trunk is an endpoint, too: write for example 100,101")
		case !endpointName.MatchString(name):
			return nil, fmt.Errorf("%s is no endpoint: write names of pjsip.conf, for example 100,front-desk", strconv.Quote(name))
		case !slices.Contains(names, name):
			names = append(names, name)
		}
	}
	return names, nil
}
