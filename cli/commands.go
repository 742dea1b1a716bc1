package cli

import (
	"cmp"
	"fmt"
	"runtime"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
)

// The tables of docs/ are made of the code.
//go:generate go test . -run TestGenerated -update

// The headings of the list of commands.
const (
	categoryList    = "The list"
	categoryCalls   = "Calls"
	categoryService = "The service"
	categoryProgram = "The program"
)

// commands returns every command, in the order of the documentation.
func (p *program) commands() []*cli.Command {
	return []*cli.Command{
		p.serveCommand(),
		p.doctorCommand(),
		p.healthCommand(),
		p.asteriskConfCommand(),
		p.notifyCommand(),
		p.blockCommand(),
		p.allowCommand(),
		p.removeCommand(),
		p.listCommand(),
		p.importCommand(),
		p.exportCommand(),
		p.feedCommand(),
		p.checkCommand(),
		p.auditCommand(),
		p.logCommand(),
		p.statsCommand(),
		p.replayCommand(),
		p.hoursCommand(),
		p.settingsCommand(),
		p.configCommand(),
		p.completionCommand(),
		p.manCommand(),
		p.versionCommand(),
	}
}

func (p *program) versionCommand() *cli.Command {
	return &cli.Command{
		Name:        "version",
		Usage:       "print the version",
		Category:    categoryProgram,
		Description: "Prints the version, the revision of the source, the version of Go and the platform.",
		Flags:       []cli.Flag{newOutputFlag()},
		Action:      p.version,
	}
}

// build is the version of the program.
type build struct {
	// Version of Ringfence.
	Version string `json:"version"`
	// Revision of the source; "unknown" if the build does not say.
	Revision string `json:"revision"`
	// Version of Go.
	Go string `json:"go"`
	// Operating system and architecture.
	Platform string `json:"platform"`
}

func (p *program) version(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := p.readOutput(c)
	if err != nil {
		return err
	}
	b := build{Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	b.Version, b.Revision = config.Version()
	b.Revision = cmp.Or(b.Revision, "unknown")
	return writeOne(p, format, b, func() error {
		_, err := fmt.Fprintf(p.out, "ringfence %s (revision %s, %s, %s)\n", b.Version, b.Revision, b.Go, b.Platform)
		return err
	})
}
