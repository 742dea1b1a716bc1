package doctor

import (
	"time"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/store"
	"github.com/ringfence/ringfence/web"
)

// Evidence is all that a Doctor has collected.
type Evidence struct {
	Target   Target
	Asterisk AsteriskEvidence
	Console  ConsoleEvidence
	Files    FileEvidence
	Redis    RedisEvidence
	Serve    ServeEvidence
	Host     HostEvidence
}

// AppState is who takes the calls that the dialplan gives to our app. It is
// zero where Asterisk did not say.
type AppState uint8

const (
	// AppFree means nobody, and so no call is screened.
	AppFree AppState = iota + 1
	// AppOurs means a Ringfence.
	AppOurs
	// AppForeign means a program that is no Ringfence.
	AppForeign
)

// AsteriskEvidence is what Asterisk says over ARI.
type AsteriskEvidence struct {
	// Problem is why ARI is of no use, nil if it answers.
	Problem *ari.Problem
	Version string
	// Modules says which modules are loaded, and whether they run. It is nil
	// if Asterisk did not say.
	Modules map[string]bool
	App     AppState
	// ReadOnly says that the user may not carry anything out.
	ReadOnly bool
	// Waiting are the calls that were in Stasis both times they were looked for.
	Waiting []string
	// Globals are those of the subroutine's dialplan globals that are set.
	Globals map[string]string
	// Trouble are the answers that were not to be expected.
	Trouble error
}

// ConsoleEvidence is what Asterisk's console shows.
type ConsoleEvidence struct {
	// Silent is why there is no console, nil if it answers.
	Silent error
	// ConfDir is Asterisk's folder of configuration files, "" if it isn't known.
	ConfDir string
	// HTTPAt is where the web server listens, "" if it doesn't; Prefix is what
	// stands before each path. HasARI says that the paths of ARI are served.
	HTTPAt, Prefix string
	HasARI         bool
	// Users are the users of ARI, and whether they may only read. It is nil if
	// there is no ARI to ask.
	Users map[string]bool
	// CDR and CDRUnanswered say whether calls leave a record, and whether those
	// do that nobody answered. CDRKnown is false if there are no CDRs to ask.
	CDR, CDRUnanswered, CDRKnown bool
	// Plan is the dialplan that is loaded.
	Plan Dialplan
}

// FileEvidence is what Asterisk's configuration files say. A file that isn't
// there is nil, and so is one that cannot be read: then Unread says why.
type FileEvidence struct {
	Dir    string
	Unread error
	// Subroutine is the file that holds the dialplan subroutine.
	Subroutine, Extensions, HTTP, CDR, ARI Conf
}

// RedisEvidence is what Redis says of itself and of the data.
type RedisEvidence struct {
	// Problem is why the data are of no use, nil if they can be read.
	Problem error
	// Silent is why Redis did not say about itself: some hosts forbid it.
	Silent error
	Setup  store.Setup
	// Servers are those that keep the list, one but for a cluster.
	Servers []store.Server
	// Trial is what Redis says to the commands that serve needs.
	Trial store.Trial
	// LastCall is when the last call was screened, zero if none was.
	LastCall time.Time
}

// ServeEvidence is what the `serve` at Target.HTTP says of itself.
type ServeEvidence struct {
	Health web.Health
	// Silent is why there is no answer.
	Silent error
}

// HostEvidence is how fast this machine finds names. Asterisk looks two of
// them up for every call, on the thread that serves SIP: the machine's own,
// and that of a root server if the first cannot be found.
type HostEvidence struct {
	// Remote says that Asterisk is on another machine.
	Remote bool
	Name   string
	// Unknown says that the machine's own name cannot be found.
	Unknown bool
	// Slowest is the longest look-up.
	Slowest time.Duration
}
