// Lab makes the lab's Asterisk and Redis ready, so that later runs of the
// demo and the tests need no network. Where the machine has both, it does
// nothing.
package main

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
)

func main() {
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	parts, ctx := errgroup.WithContext(ctx)
	parts.Go(func() error { return lab.PrepareAsterisk(ctx, log) })
	parts.Go(func() error { return lab.PrepareRedis(ctx, log) })
	if err := parts.Wait(); err != nil {
		log.ErrorContext(ctx, "the lab is not ready", slog.Any("error", err))
		return 1
	}
	return 0
}
