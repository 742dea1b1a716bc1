package cli

import (
	"os/signal"
	"syscall"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/serve"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name:     "serve",
		Usage:    "run the service that screens calls",
		Category: categoryService,
		Description: `Connects to Asterisk and Redis, screens every call, and answers /healthz,
/readyz and /metrics. It runs until SIGINT or SIGTERM, and then finishes the
open calls. If Asterisk or Redis is unreachable, it retries until it works; no
restart is needed.

With --embedded, serve itself answers as Redis at the address of --redis, on this
machine. The other commands use it like a Redis server.

Examples:
   RINGFENCE_ARI_PASSWORD=secret ringfence serve --region DE
   ringfence serve --embedded          # without a Redis server`,
		Flags: configFlags(config.Serves),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			conf, err := p.config(c)
			if err != nil {
				return err
			}
			// The end of a terminal or of a reader of the log must not end the service.
			signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
			terminal := isTerminal(p.err)
			out := serve.Output{Writer: p.err, Terminal: terminal, Colours: terminal && p.getenv("NO_COLOR") == ""}
			return serve.Run(c.Context, conf, out, p.now)
		},
	}
}
