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
		Usage:    "check whether a running serve screens calls",
		Category: categoryService,
		Description: `
Asks /readyz of the ringfence serve at --http, and prints the state of each
part. Use it as the health check of a container or a supervisor.

Examples:
   ringfence health
   ringfence health --http 127.0.0.1:8090 --timeout 5s` + exits("0 calls are screened (ready or degraded),"),
		Flags: append([]cli.Flag{
			&cli.DurationFlag{Name: "timeout", Value: defaultHealthTimeout, Usage: "how long to wait for the answer, a `TIME` such as 2s"},
			newOutputFlag(),
		}, configFlags(config.NeedsServe)...),
		Action: p.healthAction,
	}
}

func (p *program) healthAction(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := p.readOutput(c)
	if err != nil {
		return err
	}
	timeout := c.Duration("timeout")
	if timeout <= 0 {
		return usagef("--timeout: invalid duration %s: use for example 2s", timeout)
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
	switch format {
	case outputJSON:
		err = writeJSON(p.out, health)
	case outputTable:
		err = writeHealth(p.out, p.layout(), health)
	default:
		err = writeRows(p.out, format, health.Parts)
	}
	if err == nil && health.Status == web.StatusDown {
		err = errors.New("calls are not screened")
	}
	return err
}

func writeHealth(w io.Writer, l layout, health web.Health) error {
	if _, err := fmt.Fprintln(w, printable(health.Status)); err != nil {
		return err
	}
	for _, part := range health.Parts {
		state := "ok"
		if !part.OK {
			state = "bad"
		}
		if _, err := fmt.Fprintf(w, "%s %-9s %s\n", l.paint(okShade(part.OK), fmt.Sprintf("%-4s", state)), printable(part.Name), printable(part.State)); err != nil {
			return err
		}
	}
	return nil
}

// maxHealth is the maximum size of an answer, in bytes.
const maxHealth = 1 << 20

// readHealth asks the `serve` at an address. If it does not answer, the error is
// app.Unreachable.
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
		return health, app.Errorf(app.Unreachable, "", "ringfence serve does not answer: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxHealth))
	if err != nil {
		return health, app.Errorf(app.Unreachable, "", "ringfence serve did not finish its answer: %w", err)
	}
	if err := json.Unmarshal(text, &health); err != nil || health.Status == "" {
		return web.Health{}, fmt.Errorf("%s does not belong to ringfence serve (HTTP %d)", target, response.StatusCode)
	}
	return health, nil
}

// dialable returns the address to connect to for an address to listen on.
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
