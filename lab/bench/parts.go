package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
)

// parts are the processes of a comparison. All run all the time; the one that
// is not measured is idle.
type parts struct {
	asterisk  *lab.Asterisk
	redis     *lab.Redis
	ringfence *lab.Service
	fastAGI   *lab.Process
	dialer    *dialer
	state     string
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
	if slices.Contains(o.Targets, ringfence) {
		if err := p.startRingfence(ctx); err != nil {
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

// startFastAGI runs this program once more, as the FastAGI server, and tells
// the dialplan where it is.
func (p *parts) startFastAGI(ctx context.Context) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	if p.fastAGI, err = lab.Start(ctx, lab.Command{Path: program, Args: []string{agiCommand, p.redis.URL()}}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := p.fastAGI.Output().WaitFor(ctx, "\n"); err != nil {
		return err
	}
	address, found := strings.CutPrefix(strings.TrimSpace(p.fastAGI.Output().String()), agiReady)
	if !found {
		return fmt.Errorf("start the FastAGI server: it says %q", address)
	}
	return p.asterisk.SetGlobal(ctx, "AGI_URL", "agi://"+address)
}

func (p *parts) startRingfence(ctx context.Context) error {
	program, err := lab.BuildRingfence(ctx, lab.BuildOptions{})
	if err != nil {
		return err
	}
	p.ringfence, err = lab.NewService(lab.ServiceOptions{
		Program: program, ARI: p.asterisk.ARI(), Redis: p.redis.URL(), State: p.state,
	})
	if err != nil {
		return err
	}
	if err := p.ringfence.Serve(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return p.ringfence.WaitScreening(ctx)
}

// stop ends what runs.
func (p *parts) stop() error {
	var errs []error
	if p.dialer != nil {
		errs = append(errs, p.dialer.close())
	}
	if p.ringfence != nil && p.ringfence.Process != nil {
		errs = append(errs, p.ringfence.Stop(5*time.Second))
	}
	if p.fastAGI != nil {
		errs = append(errs, p.fastAGI.Stop(5*time.Second))
	}
	if p.redis != nil {
		errs = append(errs, p.redis.Stop())
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
	if p.ringfence != nil {
		processes[ringfence] = p.ringfence.PID()
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
