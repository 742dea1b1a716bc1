package cli

import (
	"cmp"
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
Replace PASSWORD, HOST, HOST2 and PORT by your own.

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
			newOutputFlag(),
		}, configFlags(config.NeedsStore|config.ReadsNumbers|config.NeedsAsterisk|config.NeedsServe)...),
		Action: p.doctorAction,
	}
}

func (p *program) doctorAction(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	format, err := p.readOutput(c)
	if err != nil {
		return err
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	target, err := p.doctorTarget(c, conf)
	if err != nil {
		return err
	}
	examiner := doctor.New(target, func(ctx context.Context) (web.Health, error) { return readHealth(ctx, conf.HTTP) })
	evidence, err := examiner.Examine(c.Context)
	if err != nil {
		return usagef("%w", err)
	}
	findings := doctor.Diagnose(evidence)
	if format == outputTable {
		err = writeFindings(p.out, p.layout(), findings)
	} else {
		err = writePage(p, format, nil, app.Named("findings", findings))
	}
	return cmp.Or(err, conclude(findings))
}

// doctorTarget returns the installation, and where its options come from.
func (p *program) doctorTarget(c *cli.Context, conf config.Config) (doctor.Target, error) {
	t := doctor.Target{
		ARIURL: conf.ARIURL, ARIUsername: conf.ARIUsername, ARIPassword: conf.ARIPassword, ARIApp: conf.ARIApp,
		Redis: conf.Redis, RedisPrefix: conf.RedisPrefix, HTTP: dialable(conf.HTTP), Region: conf.Region,
		ConfigFile: p.configFile, Options: make(map[string]doctor.Origin),
		Console: c.String(asteriskCommandFlag), Folder: c.String(asteriskFolderFlag),
	}
	switch {
	case c.IsSet(config.FileFlag):
		t.ConfigFile, t.Options[config.FileFlag] = c.String(config.FileFlag), "--"+config.FileFlag
	case p.getenv(config.EnvPrefix+"CONFIG") != "":
		t.ConfigFile = p.getenv(config.EnvPrefix + "CONFIG")
	}
	sources := p.sources(c)
	sources.Flags = everyFlag{commandFlags{c}}
	values, err := sources.Values()
	if err != nil {
		return t, usagef("%w", err)
	}
	for _, v := range values {
		origin := doctor.Origin(v.Source)
		t.Options[v.Name] = origin
		if v.Masked(v.Text) == v.Text {
			continue
		}
		if file, known := origin.File(); known {
			t.AddSecret(file, v.Name)
		} else if c.IsSet(v.Name) {
			t.Typed = append(t.Typed, v.Name)
		}
	}
	return t, nil
}

// everyFlag shows the options of all commands: the file has them too.
type everyFlag struct{ commandFlags }

// Takes reports that the option is to be shown.
func (everyFlag) Takes(string) bool { return true }

// writeFindings writes each finding, and the lines to type.
func writeFindings(w io.Writer, l layout, findings []doctor.Finding) error {
	for _, f := range findings {
		if _, err := fmt.Fprintf(w, "%s %-12s %s\n", l.paint(gradeShade(f.Grade), fmt.Sprintf("%-5s", f.Grade)), f.Check, printable(f.Text)); err != nil {
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

func gradeShade(grade doctor.Grade) shade {
	switch grade {
	case doctor.OK:
		return good
	case doctor.Warn:
		return warn
	case doctor.Bad:
		return bad
	case doctor.Skip:
	}
	return plain
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
