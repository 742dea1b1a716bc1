package serve

import (
	"slices"
	"strings"
	"time"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/notify"
)

// Sinks returns the sinks that the configuration names. A sink without its
// other options is wrong usage.
func Sinks(c config.Config, environ []string) ([]notify.Sink, error) {
	var sinks []notify.Sink
	if c.NotifyCommand != nil {
		sinks = append(sinks, notify.NewCommand(notify.CommandConfig{Args: c.NotifyCommand, Env: withoutOurs(environ)}))
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
		return nil, app.Errorf(app.Invalid, "", "notify-webhook-secret is set, but notify-webhook is not: write the URL that gets the events there")
	}
	relay := c.SMTP != notify.Relay{}
	switch {
	case c.NotifyEmail != nil && !relay:
		return nil, app.Errorf(app.Invalid, "", "notify-email is set, but smtp is not: write the URL of a mail server there, for example smtp://127.0.0.1:25")
	case c.NotifyEmail != nil && c.NotifyFrom == nil:
		return nil, app.Errorf(app.Invalid, "", "notify-email is set, but notify-from is not: write the address there that the mail comes from")
	case c.NotifyEmail == nil && (relay || c.NotifyFrom != nil):
		return nil, app.Errorf(app.Invalid, "", "smtp or notify-from is set, but notify-email is not: write there who gets the mail, for example ops@example.org")
	case c.NotifyEmail != nil:
		sinks = append(sinks, notify.NewEmail(notify.EmailConfig{Relay: c.SMTP, From: c.NotifyFrom, To: c.NotifyEmail, Now: time.Now}))
	}
	return sinks, nil
}

// withoutOurs leaves out of an environment what is meant for this program
// alone: its secrets, and the socket by which it speaks with systemd.
func withoutOurs(environ []string) []string {
	return slices.DeleteFunc(slices.Clone(environ), func(variable string) bool {
		return strings.HasPrefix(variable, config.EnvPrefix) || strings.HasPrefix(variable, "NOTIFY_SOCKET=") || strings.HasPrefix(variable, "WATCHDOG_")
	})
}
