// Package config reads the configuration: from flags, the environment and a
// file.
package config

import (
	"log/slog"
	"maps"
	"net/mail"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/phone"
)

// The sample of the configuration file is made of the options.
//go:generate go test . -run TestGenerated -update

// Config is the effective configuration. Those fields are filled whose options
// the command takes.
type Config struct {
	ARIURL, ARIUsername, ARIPassword, ARIApp string
	Redis, RedisPrefix                       string
	HTTP                                     string
	Region                                   phone.Region
	State                                    string
	Instance                                 string
	Deadline, DrainTimeout                   time.Duration
	Embedded                                 bool
	LogFormat                                LogFormat
	LogLevel                                 slog.Level
	MaskCallers                              bool
	NotifyCommand                            []string
	NotifyWebhook                            string
	NotifyWebhookSecret                      notify.WebhookSecret
	NotifyEmail                              []*mail.Address
	NotifyFrom                               *mail.Address
	SMTP                                     notify.Relay
	SMTPHelo                                 string
	FeedFolders                              []string
	FeedNetworks                             []netip.Prefix
}

// Audience says which commands take an option.
type Audience uint8

// The audiences; a command may belong to several.
const (
	// NeedsStore is every command that needs Redis.
	NeedsStore Audience = 1 << iota
	// ReadsNumbers is every command that reads numbers in national formats.
	ReadsNumbers
	// NeedsAsterisk is every command that needs ARI.
	NeedsAsterisk
	// NeedsServe is every command that talks to a running `serve`.
	NeedsServe
	// Notifies is every command that sends notifications.
	Notifies
	// Fetches is every command that adds or fetches feeds or calendars.
	Fetches
	// Serves is `serve` itself.
	Serves

	// Everyone is every command.
	Everyone = NeedsStore | ReadsNumbers | NeedsAsterisk | NeedsServe | Notifies | Fetches | Serves
)

// secrecy says how much of a value may be shown.
type secrecy uint8

const (
	public secrecy = iota
	secretURL
	secretPath
	secret
)

// Option is one value of the configuration: the flag --name, the variable
// RINGFENCE_NAME and the key name of the file.
type Option struct {
	Name    string
	Default string
	// Computed says that the default depends on the machine; then Default
	// describes it.
	Computed bool
	// Usage has the placeholder of the value in backquotes. Without one the option is a switch.
	Usage string
	// Choices are the possible values, nil if they cannot be listed.
	Choices  []string
	Audience Audience

	secrecy secrecy
	compute func(getenv func(string) string) string
	set     func(*Config, string) error
}

// Switch reports whether the option is true or false.
func (o Option) Switch() bool { return !strings.Contains(o.Usage, "`") }

// Env returns the name of the option's variable.
func (o Option) Env() string {
	return EnvPrefix + strings.ToUpper(strings.ReplaceAll(o.Name, "-", "_"))
}

// Options returns every option. Flags, variables, keys, `config show`, the tables
// in docs, the man page and the sample file are generated from it.
func Options() []Option {
	return slices.Concat(asteriskOptions(), storeOptions(), serveOptions(), feedOptions(), notifyOptions(), logOptions())
}

func asteriskOptions() []Option {
	return []Option{
		{
			Name: "ari-url", Default: "http://127.0.0.1:8088/ari", Audience: NeedsAsterisk | Serves,
			Usage: "the `URL` of Asterisk's REST interface (ARI)",
			set:   func(c *Config, text string) (err error) { c.ARIURL, err = parseARIURL(text); return err },
		},
		{
			Name: "ari-username", Default: "ringfence", Audience: NeedsAsterisk | Serves,
			Usage: "the `NAME` of the user in Asterisk's ari.conf",
			set:   func(c *Config, text string) error { return filled(&c.ARIUsername, text) },
		},
		{
			Name: "ari-password", secrecy: secret, Audience: NeedsAsterisk | Serves,
			Usage: "the user's `PASSWORD`; other users of the machine can see the command line, so use the variable or a file",
			set:   func(c *Config, text string) error { c.ARIPassword = text; return nil },
		},
		{
			Name: "ari-app", Default: "ringfence", Audience: NeedsAsterisk | Serves,
			Usage: "the `NAME` of the Stasis app in the dialplan",
			set:   func(c *Config, text string) error { return filled(&c.ARIApp, text) },
		},
	}
}

func storeOptions() []Option {
	return []Option{
		{
			Name: "redis", Default: "redis://127.0.0.1:6379/0", secrecy: secretURL, Audience: NeedsStore | Serves,
			Usage: "the `URL` of the Redis server: redis://[USER:PASSWORD@]HOST:PORT/DB, rediss:// for TLS, unix:///SOCKET?db=DB; " +
				"?addr=HOST2:PORT adds a node of a cluster, ?master_name=NAME&addr=HOST2:PORT connects through sentinels",
			set: func(c *Config, text string) error { return parseRedisURL(&c.Redis, text) },
		},
		{
			Name: "redis-prefix", Default: "{ringfence}:", Audience: NeedsStore | Serves,
			Usage: "the `TEXT` that every key in Redis begins with",
			set:   func(c *Config, text string) error { return filled(&c.RedisPrefix, text) },
		},
		{
			Name: "region", Audience: ReadsNumbers | Serves,
			Usage: "the `COUNTRY` whose national number format is read, such as DE; without one, numbers begin with + and a country code",
			set:   func(c *Config, text string) (err error) { c.Region, err = phone.ParseRegion(text); return err },
		},
	}
}

func serveOptions() []Option {
	return []Option{
		{
			Name: "http", Default: "127.0.0.1:8090", Audience: NeedsServe | Serves,
			Usage: "the `HOST:PORT` where /healthz, /readyz and /metrics are served",
			set:   func(c *Config, text string) error { return parseAddress(&c.HTTP, text) },
		},
		{
			Name: "state", Default: "$STATE_DIRECTORY, else ringfence in the user's cache folder", Audience: Serves,
			Computed: true, compute: stateFolder,
			Usage: "the `FOLDER` where prefixes and settings are saved for a start without Redis",
			set:   func(c *Config, text string) error { c.State = text; return nil },
		},
		{
			Name: "instance", Default: "the host name", Audience: Serves,
			Computed: true, compute: func(func(string) string) string { name, _ := os.Hostname(); return name },
			Usage: "the `NAME` of this Ringfence in the log of calls",
			set:   func(c *Config, text string) error { c.Instance = text; return nil },
		},
		{
			Name: "deadline", Default: "500ms", Audience: Serves,
			Usage: "the `TIME` that a caller waits for Redis before the call continues; the dialplan's guard fires after 1.5s",
			set: func(c *Config, text string) error {
				return parseTime(&c.Deadline, text, 10*time.Millisecond, 1200*time.Millisecond)
			},
		},
		{
			Name: "drain-timeout", Default: "5s", Audience: Serves,
			Usage: "the `TIME` that calls in progress have to finish when the program stops",
			set:   func(c *Config, text string) error { return parseTime(&c.DrainTimeout, text, 0, 5*time.Minute) },
		},
		{
			Name: "embedded", Default: "false", Audience: Serves,
			Usage: "store the list in memory instead of Redis: only for trying it out, since the list is lost when the program stops",
			set:   func(c *Config, text string) error { return parseSwitch(&c.Embedded, text) },
		},
	}
}

func logOptions() []Option {
	return []Option{
		{
			Name: "log-format", Default: "auto", Audience: Serves,
			Choices: []string{string(LogAuto), string(LogJSON), string(LogText)},
			Usage:   "the `FORMAT` of the program's own log: json, text, or auto for text on a terminal, else json",
			set:     func(c *Config, text string) (err error) { c.LogFormat, err = parseLogFormat(text); return err },
		},
		{
			Name: "log-level", Default: "info", Audience: Serves,
			Choices: slices.Sorted(maps.Keys(logLevels())),
			Usage:   "the lowest `LEVEL` that is logged: debug, info, warn or error",
			set:     func(c *Config, text string) error { return parseLogLevel(&c.LogLevel, text) },
		},
		{
			Name: "mask-callers", Default: "false", Audience: Serves,
			Usage: "hide the last digits of callers' numbers in the program's own log; the log of calls keeps them",
			set:   func(c *Config, text string) error { return parseSwitch(&c.MaskCallers, text) },
		},
	}
}

// stateFolder returns systemd's state folder, the first of several, else one in the user's cache folder.
func stateFolder(getenv func(string) string) string {
	if folder, _, _ := strings.Cut(getenv("STATE_DIRECTORY"), ":"); folder != "" {
		return folder
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(cache, "ringfence")
}

// Masked returns the value as it may be shown.
func (o Option) Masked(text string) string {
	switch {
	case text == "" || o.secrecy == public:
		return text
	case o.secrecy == secret:
		return "(secret)"
	case o.secrecy == secretPath:
		return maskedWebhook(text)
	}
	return maskedURL(text)
}
