package doctor

import "context"

// What the judgements and the collectors are made of.
var (
	ReadShown     = readShown
	ReadPlan      = readPlan
	ReadConf      = readConf
	ReadIncludes  = readIncludes
	Matches       = matches
	SampleNumber  = sampleNumber
	ReadSounds    = readSounds
	ReadModes     = readModes
	AskEndpoints  = askEndpoints
	ReadUsers     = readUsers
	Shown         = shown
	Yes           = yes
	OwnPlan       = ownPlan
	OwnStarPlan   = ownStarPlan
	NewConsole    = newConsole
	NeededModules = neededModules
	RedisCLI      = redisCLI
	ServerCLI     = serverCLI
)

const (
	RootServer     = rootServer
	DeepestInclude = deepestInclude
	CallLine       = callLine
)

// ParseConf reads the text of a file that includes nothing.
func ParseConf(name, text string) (Conf, error) {
	return confReader{}.parse(name, text, deepestInclude)
}

func (c Conf) Value(section, key string) (string, bool) { return c.value(section, key) }
func (c Conf) Includes(name string) []ConfLine          { return c.includes(name) }

func (e Extensions) Differences(from Extensions) []string { return e.differences(from) }

func (d Dialplan) Callers() (all, wrongNumber, unsafe []string) {
	sites := d.findCallSites()
	return sites.all, sites.wrongNumber, sites.unsafe
}

// Best returns the pattern that a number takes.
func (e Extensions) Best(number string) string { return e.best(number) }

func (d Dialplan) Connecting() []string { return d.connecting(nil) }

// ReadFiles reads the files of a folder, as the user of the console's Asterisk.
func ReadFiles(dir string, console ConsoleEvidence) FileEvidence {
	e := readFiles(dir)
	findInstalled(&e, console)
	return e
}

// ReadStatus returns the user of /proc/PID/status.
func ReadStatus(text string) (name string, known bool) {
	a, known := readStatus(text)
	return a.name, known
}

// Name returns the module's file.
func (m module) Name() string { return m.name }

// Gives returns the functions and applications that the module has.
func (m module) Gives() string { return m.gives }

// Switch returns the line that sets a key of a file in a folder.
func Switch(folder, file, key, value string) string {
	return Evidence{Files: FileEvidence{Dir: folder}}.set(file, key, value)
}

// Change, Where and Ringfence are the advice about an option and a command.
func (t Target) Change(option, value string) []string { return t.change(option, value) }
func (t Target) Where(option string) string           { return t.where(option) }
func (t Target) Ringfence(command string) string      { return t.masked().ringfence(command) }

// AskRedis and AskHost collect one part of the evidence.
func (d *Doctor) AskRedis(ctx context.Context) (RedisEvidence, error) { return d.askRedis(ctx) }
func (d *Doctor) AskHost(ctx context.Context) HostEvidence            { return d.askHost(ctx) }
