package cli

import (
	"context"
	"errors"
	"sync"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/notify"
	"github.com/ringfence/ringfence/serve"
)

func (p *program) notifyCommand() *cli.Command {
	return &cli.Command{
		Name:     "notify",
		Usage:    "test notifications",
		Category: categoryService,
		Subcommands: []*cli.Command{{
			Name:  "test",
			Usage: "send a test event to all configured sinks",
			Description: `
Sends a test event to each configured sink: notify-command, notify-webhook,
notify-email. The event is marked as a test. Neither Redis nor a running serve is
needed. Restart serve after a change of these options.

Examples:
   ringfence notify test
   ringfence notify test --notify-email ops@example.org --notify-from ringfence@example.org --smtp smtp://127.0.0.1:25` +
				exits("0 all sinks accepted it,"),
			Flags:  append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.Notifies)...),
			Action: p.notifyTest,
		}},
	}
}

// sinkTest is the result of a test event.
type sinkTest struct {
	Sink    string `json:"sink"`
	Target  string `json:"target"`
	OK      bool   `json:"ok"`
	Outcome string `json:"outcome"`
}

var errSinkTest = errors.New("a sink did not accept the test event")

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
	sinks, err := serve.Sinks(conf, p.environ())
	if err != nil {
		return err
	}
	if len(sinks) == 0 {
		return usagef("no sink is configured: set notify-command, notify-webhook, or notify-email with notify-from and smtp")
	}
	tests := p.testSinks(c.Context, sinks)
	if err := writeRows(p.out, format, []column[sinkTest]{
		{"sink", func(t sinkTest) any { return t.Sink }},
		{"target", func(t sinkTest) any { return t.Target }},
		{"outcome", func(t sinkTest) any { return t.Outcome }},
	}, tests); err != nil {
		return err
	}
	for _, t := range tests {
		if !t.OK {
			return errSinkTest
		}
	}
	return nil
}

// testSinks sends a test event to all sinks concurrently.
func (p *program) testSinks(ctx context.Context, sinks []notify.Sink) []sinkTest {
	sample := notify.Sample(p.now())
	tests := make([]sinkTest, len(sinks))
	var running sync.WaitGroup
	for i, sink := range sinks {
		running.Go(func() {
			tests[i] = sinkTest{Sink: sink.Name(), Target: sink.Target(), OK: true, Outcome: "accepted"}
			switch answer, err := sink.Deliver(ctx, sample); {
			case err != nil:
				tests[i].OK, tests[i].Outcome = false, err.Error()
			case answer != "":
				tests[i].Outcome += ": " + answer
			}
		})
	}
	running.Wait()
	return tests
}
