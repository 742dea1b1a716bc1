package web

// The names of the parts in /readyz.
const (
	// PartAsterisk is the connection to Asterisk and the path of its events.
	PartAsterisk = "asterisk"
	// PartDialplan is what Asterisk needs to send calls to Ringfence.
	PartDialplan = "dialplan"
	// PartRedis is Redis: reading, writing, scripts.
	PartRedis = "redis"
	// PartLookups are the lookups of callers.
	PartLookups = "lookups"
	// PartRecords are the call records that wait to be written.
	PartRecords = "records"
	// PartClock is this machine's clock.
	PartClock = "clock"
	// PartLog is the log of the program.
	PartLog = "log"
)

// Part is the health of one thing that Ringfence depends on.
type Part struct {
	// Name of the part.
	Name string `json:"name"`
	// The part works.
	OK bool `json:"ok"`
	// State of the part, in a word or a sentence.
	State string `json:"state"`
	// Why it does not work, in one word for metrics and programs.
	Reason string `json:"reason,omitempty"`
	// No call is screened while the part does not work.
	Vital bool `json:"vital,omitempty"`
}

// Health is the body of /readyz.
type Health struct {
	// "ready", "degraded" (calls are screened, but something is missing) or "down"
	// (calls are not screened).
	Status string `json:"status"`
	// State of each thing that Ringfence depends on.
	Parts []Part `json:"parts"`
}

// The values of Health.Status.
const (
	StatusReady    = "ready"
	StatusDegraded = "degraded"
	StatusDown     = "down"
)

// Summarize returns the overall health: down if a vital part fails, degraded if
// another one does.
func Summarize(parts []Part) Health {
	health := Health{Status: StatusReady, Parts: parts}
	for _, part := range parts {
		switch {
		case part.OK:
		case part.Vital:
			health.Status = StatusDown
		case health.Status == StatusReady:
			health.Status = StatusDegraded
		}
	}
	return health
}
