package notice

import "time"

// Patience, Longest and Largest are the bounds that tests go by.
const (
	Patience = patience
	Longest  = longest
	Largest  = largest
)

// Sign signs as a Webhook does.
func (s WebhookSecret) Sign(id string, at time.Time, body []byte) string { return s.sign(id, at, body) }

// LeaveAlone tells for how long an error advises to wait.
func LeaveAlone(err error) time.Duration { return leaveAlone(err) }
