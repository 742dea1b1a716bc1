package feed

import "time"

const (
	// firstPause is the pause after the first failure. It doubles with each further
	// failure, up to Feed.Every.
	firstPause = 5 * time.Minute
	// spread is the maximum random part that is added to a time, so that subscribers
	// do not ask a publisher at the same time; maxSpread is its upper limit.
	spread    = 0.1
	maxSpread = 30 * time.Minute
)

// State is the state of a feed. Its zero value is that of a new feed.
type State struct {
	// Validators identify the last imported file; they are empty if the same file is
	// to be imported again.
	Validators Validators
	// Checked is the last fetch, Succeeded the last fetch without an error, Changed
	// the last import.
	Checked, Succeeded, Changed time.Time
	// Outcome describes the result of the last fetch.
	Outcome string
	// Problems are what the last import left out of the file, if its Importer reports that:
	// a line each, without text of the file.
	Problems []string
	// Failures is the number of failures since the last success.
	Failures int
	// Due is the next fetch; zero means now.
	Due time.Time
	// Batch is the ID of the last import, Rows the number of entries after it.
	Batch string
	Rows  int64
}

// Validators identify a version of a file. They are in Redis and have no text of a
// server, which could be anything.
type Validators struct {
	// ETag is a digest of the server's ETag; for file:// it is made of size and time.
	ETag string
	// LastModified is the time of the header Last-Modified.
	LastModified string
}

// DueAt reports whether the feed is due at the given time.
func (s State) DueAt(now time.Time) bool { return !now.Before(s.Due) }

// succeeded returns the state after a success; chance is from 0 to 1.
func (s State) succeeded(f Feed, now time.Time, chance float64) State {
	s.Checked, s.Succeeded, s.Failures = now, now, 0
	s.Due = now.Add(withSpread(f.Every, chance))
	return s
}

// failed returns the state after a failure. It is not retried before the time that the
// server asked for, at most a day.
func (s State) failed(f Feed, now time.Time, outcome string, asked time.Duration, chance float64) State {
	s.Checked, s.Outcome = now, outcome
	s.Failures++
	pause := firstPause
	for n := 1; n < s.Failures && pause < f.Every; n++ {
		pause *= 2
	}
	pause = max(min(pause, f.Every), min(asked, max(f.Every, 24*time.Hour)))
	s.Due = now.Add(withSpread(pause, chance))
	return s
}

func withSpread(span time.Duration, chance float64) time.Duration {
	return span + min(time.Duration(float64(span)*spread*chance), maxSpread)
}

// validators returns the validators for the next fetch. Entries that expire must be
// renewed in time, even if the file is the same.
func (s State) validators(f Feed, now time.Time) Validators {
	if f.Rows.For > 0 && now.Sub(s.Changed)+2*f.Every > f.Rows.For {
		return Validators{}
	}
	return s.Validators
}
