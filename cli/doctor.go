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
		Usage:    "say what is wrong with Asterisk, the dialplan or Redis, and what to type",
		Category: categoryService,
		Description: `
Compares what Asterisk and Redis run with what Ringfence needs, and changes
nothing. Each check is a line: ok; warn (calls are screened, but something
should be put right); bad (they are not, or not as they should be); skip (it
could not be found out). A line that begins with > is one to type, or to write
into the file that is named.

The dialplan is known to Asterisk's console only. Where that doesn't answer,
Asterisk's files are read instead.

Examples:
   ringfence doctor
   sudo ringfence doctor --output json
   ringfence doctor --asterisk-command 'docker compose exec -T asterisk asterisk -rx'` + exits("0 nothing is bad,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: asteriskCommandFlag, Value: "asterisk -rx",
				Usage: "the `COMMAND` that carries out what follows it on Asterisk's console",
			},
			&cli.StringFlag{
				Name: asteriskFolderFlag, DefaultText: "the one that Asterisk names, else " + doctor.DefaultFolder,
				Usage: "the `DIR` of Asterisk's configuration files", TakesFile: true,
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

// writeFindings writes each finding with the lines to type.
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

// conclude returns what the findings mean for the exit code.
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
