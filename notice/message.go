package notice

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"github.com/ringfence/ringfence/phone"
)

// message writes the message of a delivery. Its id is the same each time, so
// that servers and readers know it again.
func (e *Email) message(delivery Delivery) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(e.config.From)
	m.ToMailAddress(e.config.To...)
	m.Subject(subject(delivery))
	m.SetDateWithValue(e.config.Now())
	_, domain, found := strings.Cut(e.config.From.Address, "@")
	if !found {
		return nil, fmt.Errorf("%q is no address to write from", e.config.From.Address)
	}
	m.SetMessageIDWithValue("ringfence-" + delivery.ID() + "@" + domain)
	// Nobody's holiday notice answers it (RFC 3834).
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, body(delivery, e.config.Location))
	return m, nil
}

func subject(delivery Delivery) string {
	listings := delivery.Listings
	switch {
	case delivery.Test:
		return "Ringfence: a trial of this channel"
	case len(listings) == 1:
		return "Ringfence has listed " + printable(listings[0].Caller)
	}
	return fmt.Sprintf("Ringfence has listed %d callers", len(listings))
}

// body tells of listings in words, with the command that takes each back.
func body(delivery Delivery, zone *time.Location) string {
	var text strings.Builder
	switch {
	case delivery.Test:
		text.WriteString("This is a trial: nobody was listed. A listing would look like this.\n")
	case len(delivery.Listings) == 1:
		text.WriteString("A rate rule has put a caller on the list: their calls are refused.\n")
	default:
		fmt.Fprintf(&text, "Rate rules have put %d callers on the list: their calls are refused.\n", len(delivery.Listings))
	}
	for _, listing := range delivery.Listings {
		text.WriteString("\n")
		writeListing(&text, listing, zone)
	}
	return text.String()
}

func writeListing(text *strings.Builder, n Notice, zone *time.Location) {
	until := "for good"
	if !n.Expires.IsZero() {
		until = clock(n.Expires, zone)
	}
	fmt.Fprintln(text, printable(n.Caller))
	for _, line := range []struct{ name, value string }{
		{"why", n.Reason},
		{"since", clock(n.Time, zone)},
		{"until", until},
		{"strikes", strconv.Itoa(n.Strike)},
		{"dialled", n.Dialled},
		{"only for", n.To},
		{"take back", undo(n)},
	} {
		if line.value != "" {
			fmt.Fprintf(text, "  %-10s %s\n", line.name+":", printable(line.value))
		}
	}
}

func clock(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("Mon 2006-01-02 15:04:05 MST")
}

// undo returns the command that takes a listing back, "" if it isn't one of
// numbers: whoever can write to Redis should not have others type what they
// like.
func undo(n Notice) string {
	if !number(n.Caller) || (n.To != "" && !number(n.To)) {
		return ""
	}
	command := "ringfence remove " + n.Caller
	if n.To != "" {
		command += " --to " + n.To
	}
	return command
}

func number(text string) bool {
	parsed, err := phone.ParseNumber(text)
	return err == nil && parsed.Known() && parsed.String() == text
}

// printable keeps what a text holds within its line.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
