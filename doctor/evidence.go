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
	Sounds   SoundEvidence
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
	// Plan is the dialplan that is loaded, Includes which contexts each context
	// includes.
	Plan     Dialplan
	Includes Includes
	// Endpoints are the PJSIP endpoints, nil if they are not known.
	Endpoints []Endpoint
	// DataDir is the folder above Asterisk's sounds, PIDFile has the number of its
	// process, User is its user if Asterisk changed to one.
	DataDir, PIDFile, User string
	// Globals are the global variables of the dialplan.
	Globals map[string]string
}

// Endpoint is a PJSIP endpoint.
type Endpoint struct {
	Name string
	// Registers says that it registers here, as telephones do. LogsIn says that
	// calls to it need a login, as at a provider. Known says that it is recognized
	// by its address.
	Registers, LogsIn, Known bool
	// Context is where its calls enter the dialplan, "" if that was not asked for.
	Context string
	// Trusts says that the identity it sends is accepted, SendsIdentity that it is
	// sent one.
	Trusts, SendsIdentity bool
}

// FileEvidence is what Asterisk's configuration files say. A missing or unreadable
// file is nil. For an unreadable one, Unread says why.
type FileEvidence struct {
	Dir    string
	Unread error
	// Subroutine is the file that holds the dialplan subroutine.
	Subroutine, Extensions, HTTP, CDR, ARI, Queues Conf
	// Generated says that another program, such as FreePBX, writes extensions.conf.
	Generated bool
	// Installed are our files that extensions.conf includes, by name.
	Installed map[string]Installed
}

// Installed is a file that Asterisk reads, as Asterisk's user finds it.
type Installed struct {
	Missing bool
	// Blocked is the file or the folder that the user may not use, "" if none.
	// State describes its mode and owner.
	Blocked, State string
	// Folder says that Blocked is a folder.
	Folder bool
	// User is the name of Asterisk's user.
	User string
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
	// Damages are keys that cannot be used. Unreadable are what the store reports
	// about entries, settings and working time that it cannot read.
	Damages    []store.DamagedKey
	Unreadable []string
	Settings   SettingsEvidence
	// Fetches are the feeds and calendars.
	Fetches []Fetch
}

// SettingsEvidence are the settings in Redis that need something around Ringfence.
type SettingsEvidence struct {
	// Known says that they could be read.
	Known bool
	// Observes says that verdicts are only logged.
	Observes bool
	// Sound is the media URI of the message. DefaultSound is that of a new
	// installation. PlaysMessage says that a setting makes callers hear it.
	Sound, DefaultSound string
	PlaysMessage        bool
	// StarExtensions are the endpoints that may use star codes.
	StarExtensions []string
}

// Fetch is a feed or a calendar that serve fetches.
type Fetch struct {
	// Kind is "feed" or "calendar".
	Kind, Name string
	// Failures counts those since the last success. Outcome describes the last fetch.
	Failures int
	Outcome  string
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
