package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// The account of the small PBX for ARI.
const (
	ARIUser     = "ringfence"
	ARIPassword = "ringfence-demo"
)

// AsteriskOptions are what may differ from one Asterisk to the next. The zero
// value is good.
type AsteriskOptions struct {
	// Log gets downloads and errors. Nil means no log.
	Log *slog.Logger
	// Globals are dialplan globals to set, such as AGI_URL.
	Globals map[string]string
	// Files are configuration files to add to those of the small PBX, or to
	// replace them, by name: "extensions.conf".
	Files map[string]string
	// HTTPPort and SIPPort are the ports of ARI and of SIP; zero takes a free
	// one.
	HTTPPort, SIPPort int
	// Unprivileged takes from Asterisk root's right to read every file, also in
	// the namespace in which it is root. It has that user's files and groups.
	Unprivileged bool
}

// An Asterisk is one that runs the small PBX of package asteriskconf. All of
// its methods may be used by several goroutines, but for Stop, Start and
// Restart.
type Asterisk struct {
	dir      string
	httpPort int
	sipPort  int
	command  []string
	// unprivileged is as in AsteriskOptions.
	unprivileged bool
	log          *slog.Logger
	process      *Process
}

// StartAsterisk starts an Asterisk and returns when it takes calls. If the
// machine has no Asterisk, it makes one first, which takes some seconds, once.
func StartAsterisk(ctx context.Context, options AsteriskOptions) (*Asterisk, error) {
	log := orQuiet(options.Log)
	program, err := findAsterisk(ctx, log)
	if err != nil {
		return nil, err
	}
	dir, err := scratchFolder("asterisk")
	if err != nil {
		return nil, err
	}
	asterisk := &Asterisk{dir: dir, httpPort: options.HTTPPort, sipPort: options.SIPPort, command: program.command, unprivileged: options.Unprivileged, log: log}
	if err := asterisk.prepare(program, options); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	if err := asterisk.Start(ctx); err != nil {
		_ = os.RemoveAll(dir)
		return nil, err
	}
	return asterisk, nil
}

func (a *Asterisk) prepare(program asteriskProgram, options AsteriskOptions) error {
	var err error
	if a.httpPort == 0 {
		if a.httpPort, err = freePort("tcp"); err != nil {
			return err
		}
	}
	if a.sipPort == 0 {
		if a.sipPort, err = freePort("udp"); err != nil {
			return err
		}
	}
	return a.writeConf(program, options)
}

// Start starts an Asterisk that Halt has stopped, with the same configuration
// on the same ports.
func (a *Asterisk) Start(ctx context.Context) error {
	command := append(append([]string(nil), a.command...), "-f", "-C", filepath.Join(a.dir, "etc/asterisk.conf"))
	if a.unprivileged {
		command = append([]string{"setpriv", "--bounding-set=-dac_override,-dac_read_search"}, command...)
	}
	namespaces := hostsNamespaces()
	if namespaces != 0 {
		command = append([]string{"/bin/sh", "-c", withHosts, filepath.Join(a.dir, "hosts")}, command...)
	} else {
		a.log.WarnContext(ctx, "no namespaces on this machine; calls may wait for its resolver to find the machine's own name")
	}
	path := "PATH=" + filepath.Join(a.dir, "bin") + string(filepath.ListSeparator) + os.Getenv("PATH")
	process, err := Start(ctx, Command{Path: command[0], Args: command[1:], Env: append(os.Environ(), path), Dir: a.dir, namespaces: namespaces})
	if err != nil {
		return err
	}
	a.process = process
	if err := a.waitReady(ctx); err != nil {
		tail := a.Log(20)
		_ = process.Kill()
		return fmt.Errorf("start Asterisk: %w; its log:\n%s\n%s", err, process.Output().Tail(5), tail)
	}
	return nil
}

// waitReady waits until Asterisk has loaded everything: before that, calls are
// lost. It asks the console, since a test may leave out the REST interface.
func (a *Asterisk) waitReady(ctx context.Context) error {
	return poll(ctx, 10*time.Millisecond, func() (bool, error) {
		select {
		case <-a.process.Ended():
			return false, errors.New("it has ended")
		default:
		}
		answer, err := a.console(ctx, "core waitfullybooted")
		return err == nil && strings.Contains(answer, "fully booted"), nil
	})
}

// RestartNow types "core restart now", by which Asterisk becomes a new program
// in the same process, and returns when that takes calls.
func (a *Asterisk) RestartNow(ctx context.Context) error {
	// The console's connection ends with the old program.
	if _, err := a.CLI(ctx, "core restart now"); err != nil {
		return err
	}
	if err := a.waitReady(ctx); err != nil {
		return fmt.Errorf("restart Asterisk: %w; its log:\n%s\n%s", err, a.process.Output().Tail(5), a.Log(20))
	}
	return nil
}

// Halt shuts Asterisk down in order, which takes it a second, and keeps its
// folder, for Start.
func (a *Asterisk) Halt() error {
	return a.process.Stop(5 * time.Second)
}

// Restart stops Asterisk and starts it again on the same ports.
func (a *Asterisk) Restart(ctx context.Context) error {
	if err := a.Halt(); err != nil {
		return err
	}
	return a.Start(ctx)
}

// Stop ends Asterisk at once and removes its folder.
func (a *Asterisk) Stop() error {
	err := a.process.Kill()
	return errors.Join(err, os.RemoveAll(a.dir))
}

// ARI is the base address of the REST interface, "http://127.0.0.1:…/ari". The
// account is ARIUser and ARIPassword.
func (a *Asterisk) ARI() string { return fmt.Sprintf("http://127.0.0.1:%d/ari", a.httpPort) }

// HTTP is the host and port behind ARI, for a Proxy to stand before.
func (a *Asterisk) HTTP() string { return fmt.Sprintf("127.0.0.1:%d", a.httpPort) }

// SIP is the host and port that takes calls over UDP.
func (a *Asterisk) SIP() string { return fmt.Sprintf("127.0.0.1:%d", a.sipPort) }

// PID is the number of Asterisk's process.
func (a *Asterisk) PID() int { return a.process.PID() }

// Signal sends a signal to Asterisk.
func (a *Asterisk) Signal(signal syscall.Signal) error { return a.process.Signal(signal) }

// Log returns the last lines of Asterisk's log.
func (a *Asterisk) Log(lines int) string {
	text, err := os.ReadFile(filepath.Join(a.dir, "log/messages.log"))
	if err != nil {
		return err.Error()
	}
	return lastLines(string(text), lines)
}
