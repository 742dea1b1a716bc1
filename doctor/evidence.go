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

// AppState says which program is connected to the Stasis app. It is zero if
// Asterisk did not say.
type AppState uint8

const (
	// AppFree means none, so no call is screened.
	AppFree AppState = iota + 1
	// AppOurs means Ringfence.
	AppOurs
	// AppForeign means another program.
	AppForeign
)

// AsteriskEvidence is what Asterisk says over ARI.
type AsteriskEvidence struct {
	// Problem is why ARI is not usable, nil if it answers.
	Problem *ari.Problem
	Version string
	// Modules are the loaded modules, and whether they run. It is nil if Asterisk
	// did not say.
	Modules map[string]bool
	App     AppState
	// ReadOnly says that the user may only read.
	ReadOnly bool
	// Waiting are the calls that were in Stasis at both checks.
	Waiting []string
	// Globals are the global variables of the subroutine that are set.
	Globals map[string]string
	// Unexpected are unexpected answers.
	Unexpected error
}

// ConsoleEvidence is what Asterisk's console shows.
type ConsoleEvidence struct {
	// Err is why the console does not answer, nil if it does.
	Err error
	// ConfDir is Asterisk's folder of configuration files, "" if unknown.
	ConfDir string
	// HTTPAt is the address of the web server, "" if it does not run. Prefix
	// precedes each path. HasARI says that the web server serves ARI.
	HTTPAt, Prefix string
	HasARI         bool
	// Users are the users of ARI, and whether they may only read. It is nil if ARI
	// is not loaded.
	Users map[string]bool
	// CDR and CDRUnanswered say whether calls, and unanswered calls, get a call
	// detail record. CDRKnown is false if the module for CDRs is not loaded.
	CDR, CDRUnanswered, CDRKnown bool
	// Plan is the dialplan that is loaded.
	Plan Dialplan
}

// FileEvidence is what Asterisk's configuration files say. A missing or unreadable
// file is nil. For an unreadable one, Unread says why.
type FileEvidence struct {
	Dir    string
	Unread error
	// Subroutine is the file that holds the dialplan subroutine.
	Subroutine, Extensions, HTTP, CDR, ARI Conf
}

// RedisEvidence is the state of the Redis servers and of the data.
type RedisEvidence struct {
	// Problem is why the data are not usable, nil if they can be read.
	Problem error
	// Err is why Redis does not show its state: some providers forbid it.
	Err   error
	Setup store.Setup
	// Servers are the servers that store the list: one, or several of a cluster.
	Servers []store.Server
	// Trial is the result of trying the commands that serve needs.
	Trial store.Trial
	// LastCall is when the last call was screened, zero if none was.
	LastCall time.Time
}

// ServeEvidence is the health that the `serve` at Target.HTTP reports.
type ServeEvidence struct {
	Health web.Health
	// Err is why it does not answer, nil if it does.
	Err error
}

// HostEvidence is how fast this machine resolves host names. Asterisk resolves its
// own host name for every call, on the thread that serves SIP, and the name of a
// root server if that fails.
type HostEvidence struct {
	// Remote says that Asterisk is on another machine.
	Remote bool
	Name   string
	// Unknown says that the machine's own host name does not resolve.
	Unknown bool
	// Slowest is the time of the slowest lookup.
	Slowest time.Duration
}
