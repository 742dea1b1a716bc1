package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/web"
)

const (
	asteriskCommandFlag = "asterisk-command"
	asteriskFolderFlag  = "asterisk-conf"
)

func (p *program) doctorCommand() *cli.Command {
	return &cli.Command{
		Name:     "doctor",
		Usage:    "find problems with Asterisk, the dialplan and Redis, and print what to type",
		Category: categoryService,
		Description: `
Compares what Asterisk and Redis run with what Ringfence needs. It changes
nothing. Each line is one check:

   ok    nothing to do
   warn  calls are screened, but you should correct this
   bad   calls are not screened, or not correctly
   skip  this could not be checked

Type the lines that begin with >, or write them into the file that is named.

The dialplan is read from Asterisk's console. If the console does not answer,
Asterisk's files are read.

Examples:
   ringfence doctor
   sudo ringfence doctor --output json
   ringfence doctor --asterisk-command 'docker compose exec -T asterisk asterisk -rx'` + exits("0 nothing is bad,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: asteriskCommandFlag, Value: "asterisk -rx",
				Usage: "command prefix to reach the Asterisk CLI, a `COMMAND`",
			},
			&cli.StringFlag{
				Name: asteriskFolderFlag, DefaultText: "as Asterisk reports, else " + doctor.DefaultFolder,
				Usage: "the folder of Asterisk's configuration files, a `DIR`", TakesFile: true,
			},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(config.NeedsStore|config.ReadsNumbers|config.NeedsAsterisk|config.NeedsServe)...),
		Action: p.doctorAction,
	}
}

func (p *program) doctorAction(c *cli.Context) error {
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
	evidence, err := newDoctor(conf, c.String(asteriskCommandFlag), c.String(asteriskFolderFlag)).Examine(c.Context)
	if err != nil {
		return usagef("%w", err)
	}
	findings := doctor.Diagnose(evidence)
	if format == outputJSON {
		err = writeJSON(p.out, findings)
	} else {
		err = writeFindings(p.out, findings)
	}
	if err != nil {
		return err
	}
	return conclude(findings)
}

func newDoctor(c config.Config, console, folder string) *doctor.Doctor {
	return doctor.New(doctor.Target{
		ARIURL: c.ARIURL, ARIUsername: c.ARIUsername, ARIPassword: c.ARIPassword, ARIApp: c.ARIApp,
		Redis: c.Redis, RedisPrefix: c.RedisPrefix, HTTP: dialable(c.HTTP), Region: c.Region,
		ConfigFile: config.DefaultFile, Console: console, Folder: folder,
	}, func(ctx context.Context) (web.Health, error) { return readHealth(ctx, c.HTTP) })
}

// writeFindings writes each finding, and the lines to type.
func writeFindings(w io.Writer, findings []doctor.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintf(w, "%-5s %-12s %s\n", f.Grade, f.Check, printable(f.Text)); err != nil {
			return err
		}
		for _, line := range f.Type {
			if _, err := fmt.Fprintf(w, "%-18s > %s\n", "", printable(line)); err != nil {
				return err
			}
		}
	}
	return nil
}

// conclude returns the error of bad findings.
func conclude(findings []doctor.Finding) error {
	bad := 0
	for _, f := range findings {
		if f.Grade == doctor.Bad {
			bad++
		}
	}
	if bad == 0 {
		return nil
	}
	err := fmt.Errorf("%d of %d checks are bad", bad, len(findings))
	if bad == 1 {
		err = fmt.Errorf("1 of %d checks is bad", len(findings))
	}
	if slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Unreachable }) {
		return app.Errorf(app.Unreachable, "", "%w", err)
	}
	return err
}
