package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/lease"
	"github.com/ringfence/ringfence/store"
)

func (p *program) feedCommand() *cli.Command {
	return &cli.Command{
		Name:     "feed",
		Usage:    "subscribe to lists that others publish",
		Category: categoryList,
		Subcommands: []*cli.Command{
			p.feedAddCommand(), p.feedListCommand(), p.feedShowCommand(), p.feedRunCommand(), p.feedRemoveCommand(),
		},
	}
}

// readFeedName returns the only argument, the name of a feed.
func readFeedName(c *cli.Context) (string, error) {
	if c.NArg() != 1 {
		return "", usagef("name one feed. See `%s --help`", c.Command.HelpName)
	}
	return c.Args().First(), nil
}

// withFeed carries out work on a feed, which may take as long as a download
// and an import.
func (p *program) withFeed(c *cli.Context, conf config.Config, name string, work func(context.Context, *store.Store) error) error {
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	ctx := audit.As(c.Context, app.Actor(p.getenv))
	soon, cancel := context.WithTimeout(ctx, storePatience)
	defer cancel()
	if err := s.Check(soon); err != nil {
		return err
	}
	err = work(ctx, s)
	if leased, ok := errors.AsType[*lease.HeldError](err); ok {
		return fmt.Errorf("%s is being fetched or changed by %s: try again when that is done", name, leased.Holder)
	}
	if errors.Is(err, feed.ErrUnknown) {
		return p.noFeed(ctx, s, name)
	}
	return err
}

// noFeed says that there is no such feed, and which may have been meant.
func (p *program) noFeed(ctx context.Context, s *store.Store, name string) error {
	feeds, err := s.Feeds(ctx)
	if err != nil {
		return err
	}
	names := make([]string, len(feeds))
	for i, f := range feeds {
		names[i] = f.Name
	}
	p.say("there is no feed %s%s", name, config.DidYouMean(name, "", names))
	return errNo
}

const (
	kibibyte = 1 << 10
	mebibyte = 1 << 20
	gibibyte = 1 << 30
	// maxFeedSize bounds what --max-size may allow.
	maxFeedSize = 1 << 40
)

var sizeText = regexp.MustCompile(`(?i)^(\d{1,13}) ?([KMG])?(?:iB|B)?$`)

// parseSize reads a number of bytes such as 256MiB or 1G.
func parseSize(text string) (int64, error) {
	part := sizeText.FindStringSubmatch(text)
	if part == nil {
		return 0, fmt.Errorf("%q is no size: write for example 256MiB or 1GiB", text)
	}
	size, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is no size: %w", text, err)
	}
	unit := map[string]int64{"": 1, "K": kibibyte, "M": mebibyte, "G": gibibyte}[strings.ToUpper(part[2])]
	if size < 1 || size > maxFeedSize/unit {
		return 0, fmt.Errorf("%q is no size from 1 byte to 1024 GiB", text)
	}
	return size * unit, nil
}

// sizeWords returns a size in the largest unit that tells it without loss.
func sizeWords(size int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{gibibyte, "GiB"}, {mebibyte, "MiB"}, {kibibyte, "KiB"}} {
		if size%unit.size == 0 {
			return fmt.Sprintf("%d %s", size/unit.size, unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", size)
}
