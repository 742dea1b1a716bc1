package config

import (
	"errors"
	"fmt"
	"net/mail"
	"os/exec"

	"github.com/mattn/go-shellwords"

	"github.com/ringfence/ringfence/notify"
)

// notifyOptions are the options of sinks. They are not settings in Redis, since
// write access to Redis must not allow to run commands or to redirect events.
func notifyOptions() []Option {
	return []Option{
		{
			Name: "notify-command", Audience: Notifies | Serves,
			Usage: "the `COMMAND` that is run when a rate rule has listed callers, with JSON on its stdin; it is split into words as in a shell, but without a shell",
			set:   func(c *Config, text string) error { return parseCommand(&c.NotifyCommand, text) },
		},
		{
			Name: "notify-webhook", secrecy: secretPath, Audience: Notifies | Serves,
			Usage: "the `URL` that gets JSON by POST when a rate rule has listed callers",
			set: func(c *Config, text string) error {
				c.NotifyWebhook = text
				return notify.CheckWebhookURL(text)
			},
		},
		{
			Name: "notify-webhook-secret", secrecy: secret, Audience: Notifies | Serves,
			Usage: "the `SECRET` that signs requests to the webhook: whsec_ and 24 to 64 bytes in base64; use the variable or a file",
			set: func(c *Config, text string) (err error) {
				c.NotifyWebhookSecret, err = notify.ParseWebhookSecret(text)
				return err
			},
		},
		{
			Name: "notify-email", Audience: Notifies | Serves,
			Usage: "the `ADDRESSES`, separated by commas, that get mail when a rate rule has listed callers",
			set:   func(c *Config, text string) error { return parseRecipients(&c.NotifyEmail, text) },
		},
		{
			Name: "notify-from", Audience: Notifies | Serves,
			Usage: "the sender's `ADDRESS` of this mail",
			set:   func(c *Config, text string) error { return parseSender(&c.NotifyFrom, text) },
		},
		{
			Name: "smtp", secrecy: secretURL, Audience: Notifies | Serves,
			Usage: "the `URL` of the mail server: smtp://[USER:PASSWORD@]HOST:PORT, with TLS if the server supports it and always with a password, or smtps://",
			set:   func(c *Config, text string) (err error) { c.SMTP, err = notify.ParseRelay(text); return err },
		},
		{
			Name: "smtp-helo", Audience: Notifies | Serves,
			Usage: "the `NAME` that is given to the mail server (EHLO): pbx.example.org; by default the full name of this machine, else the domain of notify-from",
			set:   func(c *Config, text string) (err error) { c.SMTPHelo, err = notify.ParseHelo(text); return err },
		},
	}
}

// parseCommand splits a command into words, as a variable and a line of the file
// hold one text. It uses no shell, so that no further quoting is needed.
func parseCommand(into *[]string, text string) error {
	parser := shellwords.NewParser()
	words, err := parser.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("invalid command %q: a quote or bracket is not closed", text)
	case parser.Position >= 0:
		return fmt.Errorf("invalid command %q: %q is for a shell; put quotes around it, or use a script",
			text, []rune(text)[parser.Position])
	case len(words) == 0:
		return errors.New("the command is empty: use for example /usr/local/bin/on-event")
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("cannot run %q: %w; use the path of an executable program or script", words[0], err)
	}
	*into = words
	return nil
}

func parseRecipients(into *[]*mail.Address, text string) (err error) {
	if *into, err = mail.ParseAddressList(text); err != nil {
		return fmt.Errorf("invalid list of addresses %q: use for example ops@example.org, anna@example.org", text)
	}
	return nil
}

func parseSender(into **mail.Address, text string) (err error) {
	if *into, err = mail.ParseAddress(text); err != nil {
		return fmt.Errorf("invalid address %q: use for example ringfence@example.org", text)
	}
	return nil
}
