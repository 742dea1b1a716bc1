package notify

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/wneessen/go-mail"

	"github.com/ringfence/ringfence/phone"
)

// message returns the mail for a delivery. A repeated delivery has the same
// Message-ID, so that mail programs recognise it.
func (e *Email) message(delivery Delivery) (*mail.Msg, error) {
	m := mail.NewMsg(mail.WithNoDefaultUserAgent())
	m.FromMailAddress(e.config.From)
	m.ToMailAddress(e.config.To...)
	m.Subject(subject(delivery))
	m.SetDateWithValue(e.config.Now())
	_, domain, found := strings.Cut(e.config.From.Address, "@")
	if !found {
		return nil, fmt.Errorf("%q is not an address to send from", e.config.From.Address)
	}
	m.SetMessageIDWithValue("ringfence-" + delivery.ID() + "@" + domain)
	// So that out-of-office replies do not answer it (RFC 3834).
	m.SetGenHeader("Auto-Submitted", "auto-generated")
	m.SetBodyString(mail.TypeTextPlain, body(delivery, e.config.Location))
	return m, nil
}

func subject(delivery Delivery) string {
	events := delivery.Events
	switch {
	case delivery.Test:
		return "Ringfence: test message"
	case len(events) == 1:
		return "Ringfence has listed " + printable(events[0].Caller)
	}
	return fmt.Sprintf("Ringfence has listed %d callers", len(events))
}

// body describes events in words, with the command that undoes each.
func body(delivery Delivery, zone *time.Location) string {
	var text strings.Builder
	switch {
	case delivery.Test:
		text.WriteString("This is a test: no caller was listed. An event looks like this.\n")
	case len(delivery.Events) == 1:
		text.WriteString("A rate rule has put a caller on the list. Further calls are refused.\n")
	default:
		fmt.Fprintf(&text, "Rate rules have put %d callers on the list. Further calls are refused.\n", len(delivery.Events))
	}
	for _, event := range delivery.Events {
		text.WriteString("\n")
		writeEvent(&text, event, zone)
	}
	return text.String()
}

func writeEvent(text *strings.Builder, e Event, zone *time.Location) {
	until := "never expires"
	if !e.Expires.IsZero() {
		until = clock(e.Expires, zone)
	}
	fmt.Fprintln(text, printable(e.Caller))
	for _, line := range []struct{ name, value string }{
		{"why", e.Reason},
		{"since", clock(e.Time, zone)},
		{"until", until},
		{"strikes", strconv.Itoa(e.Strike)},
		{"dialled", e.Dialled},
		{"only for", e.To},
		{"undo with", undo(e)},
	} {
		if line.value != "" {
			fmt.Fprintf(text, "  %-10s %s\n", line.name+":", printable(line.value))
		}
	}
}

// maxLines is how many events the text of a delivery names: chats cut long ones.
const maxLines = 20

// text describes the delivery in plain words, a line for each event.
func (d Delivery) text() string {
	if d.Test {
		return "This is a test of Ringfence: no caller was listed."
	}
	var text strings.Builder
	if len(d.Events) > 1 {
		text.WriteString(subject(d) + ":\n")
	}
	for i, event := range d.Events {
		if i == maxLines {
			fmt.Fprintf(&text, "and %d more", len(d.Events)-i)
			break
		}
		if len(d.Events) == 1 {
			text.WriteString("Ringfence has listed ")
		}
		text.WriteString(chat(event.Caller))
		if event.To != "" {
			text.WriteString(" for calls to " + chat(event.To))
		}
		if event.Expires.IsZero() {
			text.WriteString(" permanently")
		} else {
			text.WriteString(" until " + event.Expires.UTC().Format("2006-01-02 15:04 MST"))
		}
		text.WriteString(": " + cmp.Or(chat(event.Reason), "no reason") + "\n")
	}
	return strings.TrimSpace(text.String())
}

// chat returns a text in which chats find no link and no name to call, such as
// <!channel> or @everyone.
func chat(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("<>&@", r) {
			return '?'
		}
		return r
	}, excerpt(text))
}

// maxExcerpt is the largest number of characters of a foreign text that is shown.
const maxExcerpt = 200

// excerpt returns the beginning of a text in one line, without what a terminal obeys.
func excerpt(text string) string {
	text = printable(strings.Join(strings.Fields(strings.ToValidUTF8(text, "?")), " "))
	if runes := []rune(text); len(runes) > maxExcerpt {
		return string(runes[:maxExcerpt]) + "…"
	}
	return text
}

func clock(at time.Time, zone *time.Location) string {
	return at.In(zone).Format("Mon 2006-01-02 15:04:05 MST")
}

// undo returns the command that removes the entry. It is "" unless the event has
// valid numbers, so that no one with write access to Redis can suggest a command.
func undo(e Event) string {
	if !isNumber(e.Caller) || (e.To != "" && !isNumber(e.To)) {
		return ""
	}
	command := "ringfence remove " + e.Caller
	if e.To != "" {
		command += " --to " + e.To
	}
	return command
}

func isNumber(text string) bool {
	parsed, err := phone.ParseNumber(text)
	return err == nil && parsed.Known() && parsed.String() == text
}

// printable replaces control characters, such as line ends.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, text)
}
