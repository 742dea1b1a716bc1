package main

import (
	"context"
	"sync"
	"time"

	"github.com/urfave/cli/v2"
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
				Name: asteriskFolderFlag, DefaultText: "the one that Asterisk names, else " + defaultAsteriskConf,
				Usage: "the `DIR` of Asterisk's configuration files", TakesFile: true,
			},
			newOutputFlag(outputTable, outputJSON),
		}, configFlags(asksStore|readsNumbers|asksAsterisk|asksServe)...),
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
	config, err := p.config(c)
	if err != nil {
		return err
	}
	d := newDoctor(config, c.String(asteriskCommandFlag), c.String(asteriskFolderFlag))
	e, err := d.examine(c.Context)
	if err != nil {
		return err
	}
	checks := diagnose(e)
	if format == outputJSON {
		err = writeJSON(p.out, checks)
	} else {
		err = writeDiagnoses(p.out, checks)
	}
	if err != nil {
		return err
	}
	return conclude(checks)
}

// waitingPause lies between the two looks at the calls in Stasis: a little
// more than the dialplan's guard allows.
const waitingPause = 2 * time.Second

// doctor collects evidence.
type doctor struct {
	config      config
	consoleLine string
	console     console
	// folder is that of Asterisk's files, "" for the one that Asterisk names.
	folder string
	lookup lookup
	pause  time.Duration
}

func newDoctor(c config, consoleLine, folder string) *doctor {
	return &doctor{
		config: c, consoleLine: consoleLine, console: newConsole(consoleLine), folder: folder,
		lookup: resolve, pause: waitingPause,
	}
}

// doctorPatience bounds the whole examination.
const doctorPatience = time.Minute

// examine asks everybody at the same time. Who does not answer is evidence,
// too; an error is a mistake in the configuration.
func (d *doctor) examine(ctx context.Context) (evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	e := evidence{config: d.config, consoleLine: d.consoleLine}
	var asked sync.WaitGroup
	var asteriskErr, redisErr error
	asked.Go(func() { e.asterisk, asteriskErr = d.askAsterisk(ctx) })
	asked.Go(func() { e.redis, redisErr = d.askRedis(ctx) })
	asked.Go(func() { e.serve = askServe(ctx, d.config.HTTP) })
	asked.Go(func() { e.host = d.askHost(ctx) })
	asked.Go(func() {
		e.console = askConsole(ctx, d.console)
		folder := d.folder
		if folder == "" {
			folder = e.console.confDir
		}
		if folder == "" {
			folder = defaultAsteriskConf
		}
		e.files = readFiles(folder)
	})
	asked.Wait()
	if asteriskErr != nil {
		return e, asteriskErr
	}
	return e, redisErr
}
