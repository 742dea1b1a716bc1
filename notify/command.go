package notify

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	commandTimeout = 30 * time.Second
	// commandGrace is the time between SIGTERM and SIGKILL, and how long processes
	// that the command has started may keep its stderr open.
	commandGrace = 2 * time.Second
	// maxStderr is how many bytes of stderr an error shows.
	maxStderr = 500
)

// CommandConfig configures a Command. Only Args is required.
type CommandConfig struct {
	// Args are the program and its arguments; they are run without a shell.
	Args []string
	// Env is the program's environment; nil means an empty one.
	Env []string
	// Timeout bounds a run; 0 means half a minute.
	Timeout time.Duration
}

// Command is a sink that runs a program. The program gets the delivery as JSON on
// stdin. Exit code 0 means that it has accepted the delivery.
type Command struct{ config CommandConfig }

// NewCommand returns the sink "command".
func NewCommand(config CommandConfig) *Command {
	config.Timeout = cmp.Or(config.Timeout, commandTimeout)
	if config.Env == nil {
		config.Env = []string{}
	}
	return &Command{config}
}

var _ Sink = (*Command)(nil)

// Name is "command".
func (*Command) Name() string { return "command" }

// Target is the program, without its arguments.
func (c *Command) Target() string { return c.config.Args[0] }

// Deliver runs the program and waits for its end. At the timeout it ends the whole
// process group.
func (c *Command) Deliver(ctx context.Context, delivery Delivery) (answer string, err error) {
	body, err := delivery.encode()
	if err != nil {
		return "", err
	}
	bounded, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	var stderr head
	command := exec.CommandContext(bounded, c.config.Args[0], c.config.Args[1:]...) //nolint:gosec // The operator names the program.
	command.Env = c.config.Env
	command.Stdin = bytes.NewReader(append(body, '\n'))
	command.Stderr = &stderr
	// A process group of its own, so that processes that it has started end with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGTERM) }
	command.WaitDelay = commandGrace
	err = command.Run()
	if bounded.Err() != nil && command.Process != nil {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL)
	}
	switch {
	case err == nil || errors.Is(err, exec.ErrWaitDelay):
		// ErrWaitDelay: a process that it has started still has stderr open.
		return "", nil
	case ctx.Err() != nil:
		return "", ctx.Err()
	case bounded.Err() != nil:
		return "", fmt.Errorf("it took longer than %s and was stopped%s", c.config.Timeout, stderr.words())
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("%s%s", exit.ProcessState, stderr.words())
	}
	return "", err
}

// head keeps the first maxStderr bytes that are written to it.
type head struct{ text []byte }

func (s *head) Write(p []byte) (int, error) {
	s.text = append(s.text, p[:min(len(p), maxStderr-len(s.text))]...)
	return len(p), nil
}

// words returns the text in one line, after a colon, "" if there is none.
func (s *head) words() string {
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(s.text), "?")), " ")
	if text == "" {
		return ""
	}
	return ": " + text
}
