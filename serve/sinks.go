package serve

import (
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/store"
)

// Sinks returns the sinks of the configuration. If an option that a sink needs is
// missing, the error is an app.Error of the kind Invalid.
func Sinks(c config.Config, environ []string) ([]notify.Sink, error) {
	var sinks []notify.Sink
	if c.NotifyCommand != nil {
		sinks = append(sinks, notify.NewCommand(notify.CommandConfig{Args: c.NotifyCommand, Env: withoutOwn(environ)}))
	}
	if c.NotifyWebhook != "" {
		version, _ := config.Version()
		webhook, err := notify.NewWebhook(notify.WebhookConfig{
			URL: c.NotifyWebhook, Secret: c.NotifyWebhookSecret, Version: version, Now: time.Now,
		})
		if err != nil {
			return nil, app.Errorf(app.Invalid, "notify-webhook", "%w", err)
		}
		sinks = append(sinks, webhook)
	} else if c.NotifyWebhookSecret != nil {
		return nil, app.Errorf(app.Invalid, "", "notify-webhook-secret is set, but notify-webhook is not: set it to the URL that gets the events")
	}
	relay := c.SMTP != notify.Relay{}
	switch {
	case c.NotifyEmail != nil && !relay:
		return nil, app.Errorf(app.Invalid, "", "notify-email is set, but smtp is not: set it to the URL of a mail server, for example smtp://127.0.0.1:25")
	case c.NotifyEmail != nil && c.NotifyFrom == nil:
		return nil, app.Errorf(app.Invalid, "", "notify-email is set, but notify-from is not: set it to the sender's address, for example ringfence@example.org")
	case c.NotifyEmail == nil && (relay || c.NotifyFrom != nil || c.SMTPHelo != ""):
		return nil, app.Errorf(app.Invalid, "", "smtp, smtp-helo or notify-from is set, but notify-email is not: set it to the recipient, for example ops@example.org")
	case c.NotifyEmail != nil:
		sinks = append(sinks, notify.NewEmail(notify.EmailConfig{Relay: c.SMTP, From: c.NotifyFrom, To: c.NotifyEmail, Helo: c.SMTPHelo, Now: time.Now}))
	}
	return sinks, nil
}

// newDispatcher returns what delivers events to the sinks.
func newDispatcher(data *store.Store, sinks []notify.Sink, registry prometheus.Registerer, log *slog.Logger) *notify.Dispatcher {
	// Event ages follow the clock of Redis, so Now is the real time.
	return notify.NewDispatcher(notify.Config{Outbox: data, Sinks: sinks, Log: log, Now: time.Now, Metrics: notify.NewMetrics(registry)})
}

// withoutOwn returns an environment without the variables for this program
// alone: its options, which may be secrets, and those of systemd.
func withoutOwn(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		return strings.HasPrefix(variable, config.EnvPrefix) || strings.HasPrefix(variable, "NOTIFY_SOCKET=") || strings.HasPrefix(variable, "WATCHDOG_")
	})
}
