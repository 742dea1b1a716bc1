// Package doctor finds out what is wrong with an installation. Examine collects
// evidence from Asterisk, its console and files, Redis, a running `serve` and the
// machine, and changes nothing. Diagnose turns the evidence into findings and the
// commands that help, without any request.
package doctor

import (
	"context"
	"sync"
	"time"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/web"
)

// Target is the installation to examine, as Ringfence's configuration describes it.
type Target struct {
	ARIURL, ARIUsername, ARIPassword, ARIApp string
	Redis, RedisPrefix                       string
	// HTTP is the address of `serve`.
	HTTP   string
	Region phone.Region
	// ConfigFile is the file for options that are missing.
	ConfigFile string
	// Options says where each option comes from, by its name, ConfigFile's as
	// "config".
	Options map[string]Origin
	// Secrets are the files that hold passwords, Typed the options whose passwords
	// were typed as flags.
	Secrets []Secret
	Typed   []string
	// Console is the command prefix to reach Asterisk's console, "asterisk -rx".
	Console string
	// Folder has Asterisk's configuration files. If it is "", Asterisk's console is
	// asked for the folder; without a console it is DefaultFolder.
	Folder string
}

// Doctor collects evidence about a target.
type Doctor struct {
	Target Target
	// Console runs a command of Asterisk's console, Health reads the health of the
	// `serve` at Target.HTTP, and Lookup resolves a host name.
	Console Console
	Health  func(context.Context) (web.Health, error)
	Lookup  func(ctx context.Context, name string) error
	// Pause is the time between two checks of the calls in Stasis.
	Pause time.Duration
}

// waitingPause is a little longer than the limit of the dialplan's guard.
const waitingPause = 2 * time.Second

// New returns a Doctor. It runs the target's console without a shell. Health
// returns the health of the target's `serve`.
func New(target Target, health func(context.Context) (web.Health, error)) *Doctor {
	return &Doctor{Target: target, Console: newConsole(target.Console), Health: health, Lookup: resolve, Pause: waitingPause}
}

const (
	// examineTimeout bounds the whole examination, healthTimeout the request to `serve`.
	examineTimeout = time.Minute
	healthTimeout  = 2 * time.Second
)

// Examine collects the evidence from all sources at the same time, within a
// minute. A source that does not answer is evidence too. An error means that the
// target is invalid.
func (d *Doctor) Examine(ctx context.Context) (Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	e := Evidence{Target: d.Target}
	e.Target.Secrets = readModes(d.Target.Secrets)
	var asked sync.WaitGroup
	var asteriskErr, redisErr error
	asked.Go(func() { e.Asterisk, asteriskErr = d.askAsterisk(ctx) })
	asked.Go(func() { e.Redis, redisErr = d.askRedis(ctx) })
	asked.Go(func() { e.Serve = d.askServe(ctx) })
	asked.Go(func() { e.Host = d.askHost(ctx) })
	asked.Go(func() {
		e.Console = askConsole(ctx, d.Console)
		folder := d.Target.Folder
		if folder == "" {
			folder = e.Console.ConfDir
		}
		if folder == "" {
			folder = DefaultFolder
		}
		e.Files = readFiles(folder)
		findInstalled(&e.Files, e.Console)
		e.Sounds = readSounds(e.Console.DataDir)
	})
	asked.Wait()
	if asteriskErr != nil {
		return e, asteriskErr
	}
	return e, redisErr
}

func (d *Doctor) askServe(ctx context.Context) ServeEvidence {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	health, err := d.Health(ctx)
	return ServeEvidence{Health: health, Err: err}
}
