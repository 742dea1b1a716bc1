package lab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"time"
)

// CLI runs a command on Asterisk's console and returns what it printed. It
// speaks to the console's socket itself, as `asterisk -rx` does, and takes
// about a millisecond.
func (a *Asterisk) CLI(ctx context.Context, command string) (string, error) {
	output, err := a.console(ctx, command)
	if err != nil {
		return "", fmt.Errorf("asterisk console: %s: %w", command, err)
	}
	return output, nil
}

func (a *Asterisk) console(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", filepath.Join(a.dir, "run/asterisk.ctl"))
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	// The console greets with a line, and ends after a command that is
	// announced in this way.
	if _, err := conn.Write([]byte("cli quit after " + command + "\x00")); err != nil {
		return "", err
	}
	raw, err := io.ReadAll(conn)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", errors.Join(err, ctx.Err())
	}
	_, output, _ := bytes.Cut(raw, []byte("\n"))
	return string(bytes.TrimRight(output, "\x00")), nil
}

// A Channel is a channel of Asterisk as its console shows it.
type Channel struct {
	Name string
	// Line is the whole line, fields parted by "!". What a caller sent may
	// stand in it, and may hold a "!" as well.
	Line string
}

// Channels lists all channels, also those that the REST interface cannot show
// because a caller's text in them is not UTF-8.
func (a *Asterisk) Channels(ctx context.Context) ([]Channel, error) {
	output, err := a.CLI(ctx, "core show channels concise")
	if err != nil {
		return nil, err
	}
	var channels []Channel
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		if name, _, found := strings.Cut(line, "!"); found {
			channels = append(channels, Channel{Name: name, Line: line})
		}
	}
	return channels, nil
}

// shownChannels is how many channels an error lists.
const shownChannels = 20

// WaitNoChannels waits up to half a minute until no channel is left. If one
// is, the error lists it.
func (a *Asterisk) WaitNoChannels(ctx context.Context) error {
	return a.WaitChannels(ctx, 0)
}

// WaitChannels waits up to half a minute until there are exactly so many channels.
func (a *Asterisk) WaitChannels(ctx context.Context, count int) error {
	var left []Channel
	err := poll(ctx, 10*time.Millisecond, func() (bool, error) {
		channels, err := a.Channels(ctx)
		if err == nil {
			left = channels // and not what a last look in vain would leave
		}
		return err == nil && len(left) == count, err
	})
	if err != nil {
		return fmt.Errorf("wait for %d channels, there are %d, such as %q: %w", count, len(left), left[:min(len(left), shownChannels)], err)
	}
	return nil
}

// Global returns the value of a dialplan global, empty if it is not set.
func (a *Asterisk) Global(ctx context.Context, name string) (string, error) {
	output, err := a.CLI(ctx, "dialplan show globals")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(output) {
		if value, found := strings.CutPrefix(strings.TrimSpace(line), name+"="); found {
			return value, nil
		}
	}
	return "", nil
}

// SetGlobal sets a dialplan global.
func (a *Asterisk) SetGlobal(ctx context.Context, name, value string) error {
	_, err := a.CLI(ctx, fmt.Sprintf("dialplan set global %s %s", name, value))
	return err
}
