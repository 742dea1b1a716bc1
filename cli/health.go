package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/web"
)

const defaultHealthTimeout = 2 * time.Second

func (p *program) healthCommand() *cli.Command {
	return &cli.Command{
		Name:     "health",
		Usage:    "ask a running serve whether calls are screened",
		Category: categoryService,
		Description: `
Asks /readyz of the ringfence serve at --http and prints what it says of each
part. Meant for the health check of a container or a supervisor.

Examples:
   ringfence health
   ringfence health --http 127.0.0.1:8090 --timeout 5s` + exits("0 calls are screened (ready, or degraded: not by all facts),"),
		Flags: append([]cli.Flag{
			&cli.DurationFlag{Name: "timeout", Value: defaultHealthTimeout, Usage: "how long the answer may take, a `TIME` such as 2s"},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.NeedsServe)...),
		Action: p.healthAction,
	}
}

func (p *program) healthAction(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := readOutput(c, outputTable, outputJSON)
	if err != nil {
		return err
	}
	timeout := c.Duration("timeout")
	if timeout <= 0 {
		return usagef("--timeout: %s is no time to wait: write for example 2s", timeout)
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.Context, timeout)
	defer cancel()
	health, err := readHealth(ctx, conf.HTTP)
	if err != nil {
		return err
	}
	if format == outputJSON {
		err = writeJSON(p.out, health)
	} else {
		err = writeHealth(p.out, health)
	}
	if err == nil && health.Status == web.StatusDown {
		err = errors.New("calls are not screened")
	}
	return err
}

func writeHealth(w io.Writer, health web.Health) error {
	if _, err := fmt.Fprintln(w, printable(health.Status)); err != nil {
		return err
	}
	for _, part := range health.Parts {
		state := "ok"
		if !part.OK {
			state = "bad"
		}
		if _, err := fmt.Fprintf(w, "%-4s %-9s %s\n", state, printable(part.Name), printable(part.State)); err != nil {
			return err
		}
	}
	return nil
}

// largestHealth bounds what is read of an answer.
const largestHealth = 1 << 20

// readHealth asks the `serve` at an address. The error of one that doesn't
// answer has the exit code of what is out of reach.
func readHealth(ctx context.Context, address string) (web.Health, error) {
	var health web.Health
	target := "http://" + dialable(address) + "/readyz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, http.NoBody)
	if err != nil {
		return health, usagef("http: %w", err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return health, app.Errorf(app.Unreachable, "", "no ringfence serve answers: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, largestHealth))
	if err != nil {
		return health, app.Errorf(app.Unreachable, "", "ringfence serve breaks off: %w", err)
	}
	if err := json.Unmarshal(text, &health); err != nil || health.Status == "" {
		return web.Health{}, fmt.Errorf("what answers at %s is no ringfence serve (HTTP %d)", target, response.StatusCode)
	}
	return health, nil
}

// dialable returns the address to ask for one to listen at.
func dialable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
