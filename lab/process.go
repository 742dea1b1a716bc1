package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// A Command says what to run.
type Command struct {
	// Path is the program, looked up in PATH if it has no slash.
	Path string
	Args []string
	// Env is the whole environment; nil means that of this process.
	Env []string
	// Dir is the working folder; empty means that of this process.
	Dir string
	// Stdin is empty if nil.
	Stdin io.Reader
	// Tee gets a copy of all that the process writes, if it is not nil.
	Tee io.Writer

	// namespaces are Linux namespaces to make for the process.
	namespaces uintptr
}

// A Process runs. It has a process group of its own, is not touched by a
// Ctrl-C at the terminal, and is killed by the kernel when this process dies.
type Process struct {
	name   string
	pid    int
	output *Output
	ended  chan struct{}
	err    error // why it ended, valid once ended is closed
	code   int   // likewise
}

// Start runs a command.
func Start(ctx context.Context, command Command) (*Process, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	output := newOutput(command.Tee)
	cmd := exec.Command(command.Path, command.Args...) //nolint:noctx // its end is Stop's business, not the context's
	cmd.Env = command.Env
	cmd.Dir = command.Dir
	cmd.Stdin = command.Stdin
	cmd.Stdout = output
	cmd.Stderr = output
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Setpgid:    true,
		Pdeathsig:  syscall.SIGKILL,
		Cloneflags: command.namespaces,
	}
	if command.namespaces&syscall.CLONE_NEWUSER != 0 {
		cmd.SysProcAttr.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: syscall.Getuid(), Size: 1}}
		cmd.SysProcAttr.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: syscall.Getgid(), Size: 1}}
	}

	process := &Process{name: command.Path, output: output, ended: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The kernel sends the death signal when the thread that started the
		// process ends, not the whole program. So that thread stays with it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			process.pid = cmd.Process.Pid
		}
		started <- err
		if err != nil {
			return
		}
		process.err = cmd.Wait()
		process.code = cmd.ProcessState.ExitCode()
		output.close()
		close(process.ended)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	return process, nil
}

// PID is the process's number.
func (p *Process) PID() int { return p.pid }

// Output holds all that the process has written, on both streams.
func (p *Process) Output() *Output { return p.output }

// Ended is closed once the process has ended.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Signal sends a signal to the process alone. A process that has ended is not
// an error.
func (p *Process) Signal(signal syscall.Signal) error {
	return p.send(p.pid, signal)
}

func (p *Process) send(pid int, signal syscall.Signal) error {
	select {
	case <-p.ended:
		return nil
	default:
	}
	if err := syscall.Kill(pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// Wait waits for the end of the process and returns its exit code, or -1 if a
// signal ended it. The error is that of the context alone.
func (p *Process) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.ended:
		return p.code, nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for the end of %s: %w", p.name, ctx.Err())
	}
}

// Stop asks the process to end, and kills it with its whole group if it has
// not done so after timeout, or if it is stopped by a signal. It returns when
// the process is gone.
func (p *Process) Stop(timeout time.Duration) error {
	if err := p.send(p.pid, syscall.SIGTERM); err != nil {
		return err
	}
	// A frozen process would never get the signal.
	if err := p.send(p.pid, syscall.SIGCONT); err != nil {
		return err
	}
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case <-p.ended:
		return nil
	case <-timer.C:
	}
	if err := p.send(-p.pid, syscall.SIGKILL); err != nil {
		return err
	}
	<-p.ended
	return nil
}

// Kill ends the process and its whole group at once and returns when it is
// gone.
func (p *Process) Kill() error {
	if err := p.send(-p.pid, syscall.SIGKILL); err != nil {
		return err
	}
	<-p.ended
	return nil
}
