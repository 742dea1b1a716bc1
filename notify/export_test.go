package notify

import "time"

// RefusedPause and MaxBatch are the bounds that tests go by.
const (
	RefusedPause = refusedPause
	MaxBatch     = maxBatch
)

// Sign signs as a Webhook does.
func (s WebhookSecret) Sign(id string, at time.Time, body []byte) string { return s.sign(id, at, body) }

// PauseAfter returns how long an error asks to wait.
func PauseAfter(err error) time.Duration { return pauseAfter(err) }
