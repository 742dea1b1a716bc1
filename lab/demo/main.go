// Command demo shows Ringfence in use: it starts a real Asterisk, Redis and
// `ringfence serve`, places SIP calls, and prints what each caller got.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/ringfence/ringfence/lab"
)

func main() {
	keep := flag.Bool("keep", false, "keep everything running until Ctrl-C, and show how to use it")
	embedded := flag.Bool("embedded", false, "run without a Redis server, with the list in memory")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *keep, *embedded, os.Stdout)
	interrupted := ctx.Err() != nil
	stop()
	if err != nil && !interrupted {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, keep, embedded bool, out io.Writer) (err error) {
	began := time.Now()
	stage, err := build(ctx, embedded)
	defer func() { err = errors.Join(err, stage.end()) }()
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "Asterisk, Redis and ringfence serve are running after %.1f s. Now the calls.\n\n", time.Since(began).Seconds())
	if err := stage.play(ctx, out); err != nil {
		return err
	}
	if err := stage.explain(ctx, out); err != nil {
		return err
	}
	if keep {
		stage.invite(out)
		<-ctx.Done()
		return nil
	}
	fmt.Fprintln(out, "\nEverything has been stopped and removed. `make demo KEEP=1` keeps it running.")
	return nil
}

// stage is what a demo needs.
type stage struct {
	asterisk *lab.Asterisk
	redis    *lab.Redis
	service  *lab.Service
	caller   *lab.Caller
}

// build starts the parts; on an error, end stops those that run.
func build(ctx context.Context, embedded bool) (*stage, error) {
	s := &stage{}
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	program, err := lab.BuildRingfence(ctx, lab.BuildOptions{})
	if err != nil {
		return s, err
	}
	if s.asterisk, err = lab.StartAsterisk(ctx, lab.AsteriskOptions{Log: log}); err != nil {
		return s, err
	}
	options := lab.ServiceOptions{Program: program, ARI: s.asterisk.ARI()}
	var flags []string
	if !embedded {
		if s.redis, err = lab.StartRedis(ctx, lab.RedisOptions{Log: log}); err != nil {
			log.WarnContext(ctx, "no Redis server is available: running without it", slog.Any("error", err))
			embedded = true
		} else {
			options.Redis = s.redis.URL()
		}
	}
	if embedded {
		if options.Redis, err = lab.FreeRedisURL(); err != nil {
			return s, err
		}
		flags = append(flags, "--embedded")
	}
	if s.service, err = lab.NewService(options); err != nil {
		return s, err
	}
	if err := s.service.Serve(ctx, flags...); err != nil {
		return s, err
	}
	if err := s.service.WaitScreening(ctx); err != nil {
		return s, err
	}
	s.caller, err = lab.NewCaller(ctx, s.asterisk.SIP(), "")
	return s, err
}

// stopTimeout is how long each part may take to end.
const stopTimeout = 10 * time.Second

func (s *stage) end() error {
	var errs []error
	if s.caller != nil {
		errs = append(errs, s.caller.Close())
	}
	if s.service != nil && s.service.Process != nil {
		errs = append(errs, s.service.Stop(stopTimeout))
	}
	if s.redis != nil {
		errs = append(errs, s.redis.Stop())
	}
	if s.asterisk != nil {
		errs = append(errs, s.asterisk.Stop())
	}
	return errors.Join(errs...)
}
