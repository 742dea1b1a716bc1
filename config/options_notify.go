package config

import (
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os/exec"

	"github.com/mattn/go-shellwords"

	"github.com/ringfence/ringfence/notify"
)

// notifyOptions name the sinks of events. They are no settings in Redis: somebody
// who can write there must not run commands here, or choose where events go.
func notifyOptions() []Option {
	return []Option{
		{
			Name: "notify-command", Audience: Notifies | Serves,
			Usage: "the `COMMAND` that is run when a rate rule has listed callers, with JSON on its stdin; its words are split as in a shell, but none runs it",
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
			Usage: "the `SECRET` that signs what the webhook gets: whsec_ and 24 to 64 bytes in base64; rather use the variable or a file",
			set: func(c *Config, text string) (err error) {
				c.NotifyWebhookSecret, err = notify.ParseWebhookSecret(text)
				return err
			},
		},
		{
			Name: "notify-email", Audience: Notifies | Serves,
			Usage: "the `ADDRESSES`, with commas between them, that get mail when a rate rule has listed callers",
			set:   func(c *Config, text string) error { return parseRecipients(&c.NotifyEmail, text) },
		},
		{
			Name: "notify-from", Audience: Notifies | Serves,
			Usage: "the `ADDRESS` that such mail comes from",
			set:   func(c *Config, text string) error { return parseSender(&c.NotifyFrom, text) },
		},
		{
			Name: "smtp", secrecy: secretURL, Audience: Notifies | Serves,
			Usage: "the `URL` of the mail server: smtp://[USER:PASSWORD@]HOST:PORT, which speaks TLS if it can and always before a password, or smtps://",
			set:   func(c *Config, text string) (err error) { c.SMTP, err = notify.ParseRelay(text); return err },
		},
	}
}

// parseCommand splits a command into words, since it has to fit into a variable
// or a line of the file. A shell that took the text would be one more thing to
// quote for, and to get wrong.
func parseCommand(into *[]string, text string) error {
	parser := shellwords.NewParser()
	words, err := parser.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("invalid command %q: a quote or bracket is not closed", text)
	case parser.Position >= 0:
		return fmt.Errorf("%q has a %q, which only a shell understands: put quotes around it, or write a script and name that",
			text, []rune(text)[parser.Position])
	case len(words) == 0:
		return errors.New("the command is empty: use for example /usr/local/bin/on-event")
	}
	if _, err := exec.LookPath(words[0]); err != nil {
		return fmt.Errorf("%q cannot be run: %w; write the path of a program or of a script that is executable", words[0], err)
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

// maskedWebhook returns a webhook's URL as it may be shown: many have no other
// secret than what stands after the host.
func maskedWebhook(text string) string {
	const hidden = "(secret)"
	parsed, err := url.Parse(text)
	if err != nil || parsed.Scheme == "" || parsed.Host == "" {
		return hidden
	}
	return parsed.Scheme + "://" + parsed.Host + "/" + hidden
}
