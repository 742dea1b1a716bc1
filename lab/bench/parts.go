package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/lab"
)

// parts are the processes of a comparison. All run all the time; the one that
// is not measured is idle.
type parts struct {
	asterisk  *lab.Asterisk
	redis     *lab.Redis
	ringfence *lab.Service
	// other is another build of Ringfence with a Redis of its own: what it
	// keeps there need not be what this build reads.
	other      *lab.Service
	otherRedis *lab.Redis
	fastAGI    *lab.Process
	ariOnly    *lab.Process
	dialer     *dialer
	state      string
}

// startTimeout bounds the wait for each part to be ready.
const startTimeout = 20 * time.Second

// startParts starts the parts that the targets need and fills the lists. On an
// error, stop ends those that run.
func startParts(ctx context.Context, o options, log *slog.Logger) (*parts, error) {
	p := &parts{}
	var err error
	if p.state, err = os.MkdirTemp("", "ringfence-bench-"); err != nil {
		return p, fmt.Errorf("make folder for the state: %w", err)
	}
	if p.asterisk, err = lab.StartAsterisk(ctx, lab.AsteriskOptions{Log: log}); err != nil {
		return p, err
	}
	if p.redis, err = lab.StartRedis(ctx, lab.RedisOptions{Log: log}); err != nil {
		return p, err
	}
	began := time.Now()
	if err := p.seed(ctx, o.Entries); err != nil {
		return p, err
	}
	log.InfoContext(ctx, "the lists are filled", slog.Int("entries", o.Entries), slog.Duration("took", time.Since(began)))
	if slices.Contains(o.Targets, fastAGI) {
		if err := p.startFastAGI(ctx); err != nil {
			return p, err
		}
	}
	if slices.Contains(o.Targets, ariOnly) {
		if err := p.startContinue(ctx); err != nil {
			return p, err
		}
	}
	if slices.Contains(o.Targets, ringfence) {
		if err := p.startRingfence(ctx); err != nil {
			return p, err
		}
	}
	if o.Other != "" {
		if err := p.startOther(ctx, o, log); err != nil {
			return p, err
		}
	}
	p.dialer, err = newDialer(p.asterisk.SIP())
	return p, err
}

func (p *parts) seed(ctx context.Context, entries int) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return seedRedis(ctx, p.redis.URL(), entries) })
	group.Go(func() error { return seedAstDB(ctx, p.asterisk, entries) })
	return group.Wait()
}

// startFastAGI starts the FastAGI server and has the dialplan use it.
func (p *parts) startFastAGI(ctx context.Context) (err error) {
	var address string
	if p.fastAGI, address, err = startSelf(ctx, agiReady, agiCommand, p.redis.URL()); err != nil {
		return err
	}
	return p.asterisk.SetGlobal(ctx, "AGI_URL", "agi://"+address)
}

func (p *parts) startContinue(ctx context.Context) (err error) {
	p.ariOnly, _, err = startSelf(ctx, continueReady, continueCommand, p.asterisk.ARI(), targetNamed(ariOnly).app)
	return err
}

// startSelf runs this program once more, as one of the screeners, and waits for
// its first line. It returns what follows ready there.
func startSelf(ctx context.Context, ready string, args ...string) (*lab.Process, string, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, "", fmt.Errorf("find this program: %w", err)
	}
	process, err := lab.Start(ctx, lab.Command{Path: program, Args: args})
	if err != nil {
		return nil, "", err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := process.Output().WaitFor(ctx, "\n"); err != nil {
		return process, "", err
	}
	said, found := strings.CutPrefix(strings.TrimSpace(process.Output().String()), ready)
	if !found {
		return process, "", fmt.Errorf("start %s: it says %q", args[0], said)
	}
	return process, said, nil
}

func (p *parts) startRingfence(ctx context.Context) error {
	program, err := lab.BuildRingfence(ctx, lab.BuildOptions{})
	if err != nil {
		return err
	}
	p.ringfence, err = startService(ctx, lab.ServiceOptions{
		Program: program, ARI: p.asterisk.ARI(), Redis: p.redis.URL(), State: p.state,
	})
	return err
}

// startOther starts the other build, which fills its list itself.
func (p *parts) startOther(ctx context.Context, o options, log *slog.Logger) (err error) {
	if p.otherRedis, err = lab.StartRedis(ctx, lab.RedisOptions{Log: log}); err != nil {
		return err
	}
	p.other, err = startService(ctx, lab.ServiceOptions{
		Program: o.Other, ARI: p.asterisk.ARI(), Redis: p.otherRedis.URL(),
		Env: []string{"RINGFENCE_ARI_APP=" + targetNamed(other).app},
	})
	if err != nil {
		return err
	}
	var list strings.Builder
	for i := range o.Entries {
		fmt.Fprintln(&list, listed(i))
	}
	path := filepath.Join(p.state, "list.txt")
	if err := os.WriteFile(path, []byte(list.String()), 0o600); err != nil {
		return fmt.Errorf("write a list for %s: %w", o.Other, err)
	}
	answer, err := p.other.Run(ctx, "import", path, "--action", string(blacklist.Reject), "--reason", reason)
	if err == nil && answer.Code != 0 {
		err = fmt.Errorf("fill the list of %s: %s", o.Other, strings.TrimSpace(answer.Err))
	}
	return err
}

// startService starts a Ringfence and waits until it screens calls.
func startService(ctx context.Context, options lab.ServiceOptions) (*lab.Service, error) {
	service, err := lab.NewService(options)
	if err != nil {
		return nil, err
	}
	if err := service.Serve(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return service, service.WaitScreening(ctx)
}

// stop ends what runs.
func (p *parts) stop() error {
	var errs []error
	if p.dialer != nil {
		errs = append(errs, p.dialer.close())
	}
	for _, service := range []*lab.Service{p.ringfence, p.other} {
		if service != nil && service.Process != nil {
			errs = append(errs, service.Stop(5*time.Second))
		}
	}
	for _, process := range []*lab.Process{p.fastAGI, p.ariOnly} {
		if process != nil {
			errs = append(errs, process.Stop(5*time.Second))
		}
	}
	for _, redis := range []*lab.Redis{p.redis, p.otherRedis} {
		if redis != nil {
			errs = append(errs, redis.Stop())
		}
	}
	if p.asterisk != nil {
		errs = append(errs, p.asterisk.Stop())
	}
	if p.state != "" {
		errs = append(errs, os.RemoveAll(p.state))
	}
	return errors.Join(errs...)
}

// processorTimes returns what each process has used of the processor so far,
// by name.
func (p *parts) processorTimes() (map[string]time.Duration, error) {
	times := make(map[string]time.Duration)
	processes := map[string]int{"asterisk": p.asterisk.PID(), "redis": p.redis.PID(), "caller": os.Getpid()}
	if p.fastAGI != nil {
		processes[fastAGI] = p.fastAGI.PID()
	}
	if p.ariOnly != nil {
		processes[ariOnly] = p.ariOnly.PID()
	}
	if p.ringfence != nil {
		processes[ringfence] = p.ringfence.PID()
	}
	if p.other != nil {
		processes[other] = p.other.PID()
	}
	for name, pid := range processes {
		used, err := lab.CPUTime(pid)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		times[name] = used
	}
	return times, nil
}
