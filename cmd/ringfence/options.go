package main

import (
	"log/slog"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/notice"
	"github.com/ringfence/ringfence/phone"
)

// config is the effective configuration. A command finds those fields filled
// whose options it takes.
type config struct {
	ARIURL, ARIUsername, ARIPassword, ARIApp string
	Redis, RedisPrefix                       string
	HTTP                                     string
	Region                                   phone.Region
	State                                    string
	Instance                                 string
	Deadline, DrainTimeout                   time.Duration
	Embedded                                 bool
	LogFormat                                logFormat
	LogLevel                                 slog.Level
	MaskCallers                              bool
	NotifyCommand                            []string
	NotifyWebhook                            string
	NotifyWebhookSecret                      notice.WebhookSecret
	NotifyEmail                              []*mail.Address
	NotifyFrom                               *mail.Address
	SMTP                                     notice.Relay
}

// audience says which commands take an option.
type audience uint8

const (
	// asksStore is every command that needs Redis.
	asksStore audience = 1 << iota
	// readsNumbers is every command that reads national spellings.
	readsNumbers
	// asksAsterisk is every command that needs ARI.
	asksAsterisk
	// asksServe is every command that talks to a running `serve`.
	asksServe
	// notifies is every command that tells of listings.
	notifies
	// serves is `serve` itself.
	serves

	everyAudience = asksStore | readsNumbers | asksAsterisk | asksServe | notifies | serves
)

// secrecy says how much of a value may be shown.
type secrecy uint8

const (
	public secrecy = iota
	secretURL
	secretPath
	secret
)

// option is one value of the configuration: the flag --name, the variable
// RINGFENCE_NAME and the key name of the file.
type option struct {
	name     string
	fallback string
	// computed makes the fallback that depends on the machine; then fallback
	// says so in words.
	computed func(getenv func(string) string) string
	// usage names the value in backquotes; without it the option is a switch.
	usage    string
	secrecy  secrecy
	audience audience
	set      func(*config, string) error
}

func (o option) isSwitch() bool { return !strings.Contains(o.usage, "`") }

func (o option) env() string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(o.name, "-", "_"))
}

// options returns every option. Flags, variables, keys, `config show`, the
// tables of the README, the man page and the sample file are made of it.
func options() []option {
	return slices.Concat(asteriskOptions(), storeOptions(), serveOptions(), notifyOptions(), logOptions())
}

func asteriskOptions() []option {
	return []option{
		{
			name: "ari-url", fallback: "http://127.0.0.1:8088/ari", audience: asksAsterisk | serves,
			usage: "the `URL` of Asterisk's REST interface (ARI)",
			set:   func(c *config, text string) (err error) { c.ARIURL, err = parseARIURL(text); return err },
		},
		{
			name: "ari-username", fallback: "ringfence", audience: asksAsterisk | serves,
			usage: "the `NAME` of the user in Asterisk's ari.conf",
			set:   func(c *config, text string) error { return filled(&c.ARIUsername, text) },
		},
		{
			name: "ari-password", secrecy: secret, audience: asksAsterisk | serves,
			usage: "the user's `PASSWORD`; other users of the machine can see it on a command line, so rather use the variable or a file",
			set:   func(c *config, text string) error { c.ARIPassword = text; return nil },
		},
		{
			name: "ari-app", fallback: "ringfence", audience: asksAsterisk | serves,
			usage: "the `NAME` that the dialplan's Stasis() calls",
			set:   func(c *config, text string) error { return filled(&c.ARIApp, text) },
		},
	}
}

func storeOptions() []option {
	return []option{
		{
			name: "redis", fallback: "redis://127.0.0.1:6379/0", secrecy: secretURL, audience: asksStore | serves,
			usage: "the `URL` of the Redis server: redis://[USER:PASSWORD@]HOST:PORT/DB, rediss:// for TLS, unix:///SOCKET?db=DB; " +
				"?addr=HOST2:PORT names further nodes of a cluster, ?master_name=NAME&addr=HOST2:PORT leads through sentinels",
			set: func(c *config, text string) error { return parseRedisURL(&c.Redis, text) },
		},
		{
			name: "redis-prefix", fallback: "{ringfence}:", audience: asksStore | serves,
			usage: "the `TEXT` that every key in Redis begins with",
			set:   func(c *config, text string) error { return filled(&c.RedisPrefix, text) },
		},
		{
			name: "region", audience: readsNumbers | serves,
			usage: "the `COUNTRY` whose national spellings are read, such as DE; without one, numbers begin with + and a country code",
			set:   func(c *config, text string) (err error) { c.Region, err = phone.ParseRegion(text); return err },
		},
	}
}

func serveOptions() []option {
	return []option{
		{
			name: "http", fallback: "127.0.0.1:8090", audience: asksServe | serves,
			usage: "the `HOST:PORT` where /healthz, /readyz and /metrics are served",
			set:   func(c *config, text string) error { return parseAddress(&c.HTTP, text) },
		},
		{
			name: "state", fallback: "$STATE_DIRECTORY, else ringfence in the user's cache folder", audience: serves,
			computed: stateFolder,
			usage:    "the `FOLDER` where prefixes and settings are remembered for a start without Redis",
			set:      func(c *config, text string) error { c.State = text; return nil },
		},
		{
			name: "instance", fallback: "the host's name", audience: serves,
			computed: func(func(string) string) string { name, _ := os.Hostname(); return name },
			usage:    "the `NAME` of this Ringfence in the log of calls",
			set:      func(c *config, text string) error { c.Instance = text; return nil },
		},
		{
			name: "deadline", fallback: "500ms", audience: serves,
			usage: "the `TIME` that a caller waits for Redis before the call goes on; the dialplan's own guard fires after 1.5s",
			set: func(c *config, text string) error {
				return parseTime(&c.Deadline, text, 10*time.Millisecond, 1200*time.Millisecond)
			},
		},
		{
			name: "drain-timeout", fallback: "5s", audience: serves,
			usage: "the `TIME` that calls in hand have to finish when the program ends",
			set:   func(c *config, text string) error { return parseTime(&c.DrainTimeout, text, 0, 5*time.Minute) },
		},
		{
			name: "embedded", fallback: "false", audience: serves,
			usage: "keep the list in memory instead of Redis: for a try, since all is lost at the end",
			set:   func(c *config, text string) error { return parseSwitch(&c.Embedded, text) },
		},
	}
}

func logOptions() []option {
	return []option{
		{
			name: "log-format", fallback: "auto", audience: serves,
			usage: "the `FORMAT` of the program's own log: json, text, or auto for text on a terminal, else json",
			set:   func(c *config, text string) (err error) { c.LogFormat, err = parseLogFormat(text); return err },
		},
		{
			name: "log-level", fallback: "info", audience: serves,
			usage: "the `LEVEL` from which on the log is written: debug, info, warn or error",
			set:   func(c *config, text string) error { return parseLogLevel(&c.LogLevel, text) },
		},
		{
			name: "mask-callers", fallback: "false", audience: serves,
			usage: "hide the last digits of callers' numbers in the program's own log; the log of calls keeps them",
			set:   func(c *config, text string) error { return parseSwitch(&c.MaskCallers, text) },
		},
	}
}

// stateFolder follows systemd, which names several folders with colons.
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

// masked returns the value as it may be shown.
func (o option) masked(text string) string {
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
