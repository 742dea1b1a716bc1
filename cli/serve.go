package cli

import (
	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/serve"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:     "serve",
		Usage:    "screen the calls that the dialplan's Stasis() hands over",
		Category: categoryService,
		Description: `Connects to Asterisk and Redis, screens every call, and answers /healthz,
/readyz and /metrics. It runs until SIGINT or SIGTERM, and then finishes the
calls in hand. What is out of reach at the start, or later, is tried again
until it is there: no restart is needed.

Examples:
  RINGFENCE_ARI_PASSWORD=secret ringfence serve --region DE
  ringfence serve --embedded          # a try without Redis

With --embedded, the list is at the address of --redis, on this machine, where
the other commands find it as they find a Redis server.`,
		Flags: configFlags(config.Serves),
		Action: func(c *cli.Context) error {
			if c.Args().Present() {
				return usagef("serve takes no arguments, and got %q", c.Args().First())
			}
			conf, err := p.config(c)
			if err != nil {
				return err
			}
			terminal := isTerminal(p.err)
			log := serve.NewLogger(p.err, conf, terminal, terminal && p.getenv("NO_COLOR") == "")
			return serve.Run(c.Context, conf, log, p.now)
		},
	}
}
