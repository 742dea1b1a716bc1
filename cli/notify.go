package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/notice"
	"github.com/ringfence/ringfence/serve"
)

func (p *program) notifyCommand() *cli.Command {
	return &cli.Command{
		Name:     "notify",
		Usage:    "try how listings are told",
		Category: categoryService,
		Subcommands: []*cli.Command{{
			Name:  "test",
			Usage: "send a trial through every channel that is configured",
			Description: `
Sends a notice of a caller who was not listed through each channel that the
options name: notify-command, notify-webhook, notify-email. It says that it is
a trial, and what became of it. Neither Redis nor a running serve is needed; a
serve reads its options when it starts.

Examples:
   ringfence notify test
   ringfence notify test --notify-email ops@example.org --notify-from ringfence@example.org --smtp smtp://127.0.0.1:25` +
				exits("0 every channel has taken it,"),
			Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.Notifies)...),
			Action: p.notifyTest,
		}},
	}
}

// trial is what became of a notice that was sent through a channel.
type trial struct {
	Channel string `json:"channel"`
	Target  string `json:"target"`
	OK      bool   `json:"ok"`
	Outcome string `json:"outcome"`
}

var errTrial = errors.New("not every channel has taken the trial")

func (p *program) notifyTest(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := readOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	channels, err := serve.Channels(conf, p.environ())
	if err != nil {
		return err
	}
	if len(channels) == 0 {
		return usagef("no channel is named: set notify-command, notify-webhook, or notify-email with notify-from and smtp")
	}
	trials := p.try(c.Context, channels)
	if err := writeRows(p.out, format, []column[trial]{
		{"channel", func(t trial) any { return t.Channel }},
		{"target", func(t trial) any { return t.Target }},
		{"outcome", func(t trial) any { return t.Outcome }},
	}, trials); err != nil {
		return err
	}
	for _, t := range trials {
		if !t.OK {
			return errTrial
		}
	}
	return nil
}

// try sends a trial through all channels at once.
func (p *program) try(ctx context.Context, channels []notice.Channel) []trial {
	sample := notice.Sample(p.now())
	trials := make([]trial, len(channels))
	var trying sync.WaitGroup
	for i, channel := range channels {
		trying.Go(func() {
			trials[i] = trial{Channel: channel.Name(), Target: channel.Target(), OK: true, Outcome: "taken"}
			if err := channel.Deliver(ctx, sample); err != nil {
				trials[i].OK, trials[i].Outcome = false, err.Error()
			}
		})
	}
	trying.Wait()
	return trials
}
