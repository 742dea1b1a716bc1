package cli

import (
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
)

func (p *program) versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "say which Ringfence this is",
		Category:    categoryProgram,
		Description: "Prints the version, the revision it was built from, and the Go and the platform it was built with.",
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			released, revision := config.Version()
			if revision == "" {
				revision = "unknown"
			}
			_, err := fmt.Fprintf(p.out, "ringfence %s (revision %s, %s, %s/%s)\n",
				released, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
