// Package doctor finds out what is wrong around Ringfence: Examine collects
// evidence from Asterisk, its console and files, Redis, a running `serve` and
// the machine, and changes nothing; Diagnose says what the evidence means and
// what to type, and asks nobody.
package doctor

import (
	"context"
	"sync"
	"time"

	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/web"
)

// Target is what is examined: where Ringfence's configuration says that
// everything is.
type Target struct {
	ARIURL, ARIUsername, ARIPassword, ARIApp string
	Redis, RedisPrefix                       string
	// HTTP is the address of `serve`.
	HTTP   string
	Region phone.Region
	// ConfigFile is where a setting that is missing may be written.
	ConfigFile string
	// Console is the command line that carries out what follows it on
	// Asterisk's console, "asterisk -rx".
	Console string
	// Folder is that of Asterisk's files, "" for the one that Asterisk's
	// console names, else DefaultFolder.
	Folder string
}

// Doctor collects evidence about a target.
type Doctor struct {
	Target Target
	// Console asks Asterisk's console, Health the `serve` at Target.HTTP, and
	// Lookup the machine's resolver for a name.
	Console Console
	Health  func(context.Context) (web.Health, error)
	Lookup  func(ctx context.Context, name string) error
	// Pause lies between two looks at the calls in Stasis.
	Pause time.Duration
}

// waitingPause is a little more than the dialplan's guard allows.
const waitingPause = 2 * time.Second

// New returns a Doctor who runs the target's console without a shell, and asks
// health for what the target's `serve` says of itself.
func New(target Target, health func(context.Context) (web.Health, error)) *Doctor {
	return &Doctor{Target: target, Console: newConsole(target.Console), Health: health, Lookup: resolve, Pause: waitingPause}
}

const (
	// examineTimeout bounds the whole examination, healthTimeout what `serve` has of it.
	examineTimeout = time.Minute
	healthTimeout  = 2 * time.Second
)

// Examine asks everybody at the same time, for at most a minute. Who does
// not answer is evidence, too; an error is a mistake in the target.
func (d *Doctor) Examine(ctx context.Context) (Evidence, error) {
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	e := Evidence{Target: d.Target}
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
	return ServeEvidence{Health: health, Silent: err}
}
