package feed

import "time"

const (
	// firstPause is how long after a failure a feed is tried again; it doubles
	// with each further one, up to the feed's own time.
	firstPause = 5 * time.Minute
	// spread is the part of a time by which it is prolonged at random, so that
	// those who subscribed to one list don't all ask at once; maxSpread bounds it.
	spread    = 0.1
	maxSpread = 30 * time.Minute
)

// State is what the looks at a feed found. Its zero value is that of a new one.
type State struct {
	// Validators are those of the file that was brought in last; there are none if its
	// rows are to be looked at again though it is the same.
	Validators Validators
	// Checked is when it was last looked for, Succeeded when that last worked,
	// Changed when a file was last brought in.
	Checked, Succeeded, Changed time.Time
	// Outcome says in words what came of the last look.
	Outcome string
	// Failures counts those since the last success.
	Failures int
	// Due is when it is to be looked for again; zero means now.
	Due time.Time
	// Batch is the last import, Rows how many entries there were after it.
	Batch string
	Rows  int64
}

// Validators differ from one version of a file to the next.
type Validators struct {
	// ETag is the server's word for it; for a file:// it is made of size and time.
	ETag string
	// LastModified is as the server wrote it.
	LastModified string
}

// DueAt reports whether the feed is to be looked for at the given time.
func (s State) DueAt(now time.Time) bool { return !now.Before(s.Due) }

// succeeded returns the state after a look that worked; chance is from 0 to 1.
func (s State) succeeded(f Feed, now time.Time, chance float64) State {
	s.Checked, s.Succeeded, s.Failures = now, now, 0
	s.Due = now.Add(prolonged(f.Every, chance))
	return s
}

// failed returns the state after a look that didn't work. It is not tried
// again before the time that the server asked for, at most a day.
func (s State) failed(f Feed, now time.Time, outcome string, asked time.Duration, chance float64) State {
	s.Checked, s.Outcome = now, outcome
	s.Failures++
	pause := firstPause
	for n := 1; n < s.Failures && pause < f.Every; n++ {
		pause *= 2
	}
	pause = max(min(pause, f.Every), min(asked, max(f.Every, 24*time.Hour)))
	s.Due = now.Add(prolonged(pause, chance))
	return s
}

func prolonged(span time.Duration, chance float64) time.Duration {
	return span + min(time.Duration(float64(span)*spread*chance), maxSpread)
}

// validators returns what a look may go by. Entries that end by themselves
// must be written anew in time, though the file is the same.
func (s State) validators(f Feed, now time.Time) Validators {
	if f.Rows.For > 0 && now.Sub(s.Changed)+2*f.Every > f.Rows.For {
		return Validators{}
	}
	return s.Validators
}
