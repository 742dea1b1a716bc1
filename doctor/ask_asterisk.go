package doctor

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// requestPatience bounds each request to Asterisk.
const requestPatience = 3 * time.Second

// askAsterisk asks ARI, and does not take the app name: `serve` goes on.
func (d *Doctor) askAsterisk(ctx context.Context) (AsteriskEvidence, error) {
	session, err := ari.New(ari.Config{
		URL: d.Target.ARIURL, Username: d.Target.ARIUsername, Password: d.Target.ARIPassword, App: d.Target.ARIApp,
		Fallback:       ari.Destination{Context: asteriskconf.Context, Extension: asteriskconf.Allow},
		RequestTimeout: requestPatience,
	})
	if err != nil {
		return AsteriskEvidence{}, err
	}
	defer session.Close()
	var e AsteriskEvidence
	info, err := session.Check(ctx)
	if problem, ok := errors.AsType[*ari.Problem](err); ok {
		e.Problem = problem
		return e, nil
	} else if err != nil {
		return e, err
	}
	e.Version = info.SystemInfo.Version
	e.Globals = make(map[string]string)
	for _, name := range []string{asteriskconf.GlobalApp, asteriskconf.GlobalNotConnected, asteriskconf.GlobalGuardFired} {
		value, set, err := session.GlobalVariable(ctx, name)
		e.note(err)
		if set && value != "" {
			e.Globals[name] = value
		}
	}
	e.Modules, err = session.Modules(ctx)
	e.note(err)
	may, err := session.MayWrite(ctx)
	e.note(err)
	e.ReadOnly = err == nil && !may
	d.askApp(ctx, session, &e)
	return e, nil
}

// note keeps what was not to be expected.
func (e *AsteriskEvidence) note(err error) { e.Trouble = errors.Join(e.Trouble, err) }

// askApp finds out who holds the app name, and which calls wait for longer
// than a decision takes.
func (d *Doctor) askApp(ctx context.Context, session *ari.Session, e *AsteriskEvidence) {
	app, err := session.Registration(ctx)
	if err != nil {
		e.note(err)
		return
	}
	switch {
	case !app.Known:
		e.App = AppFree
	case e.ReadOnly: // A Ringfence cannot leave its mark then.
	case app.Ringfence:
		e.App = AppOurs
	default:
		e.App = AppForeign
	}
	if len(app.Channels) == 0 {
		return
	}
	select {
	case <-ctx.Done():
		return
	case <-time.After(d.Pause):
	}
	later, err := session.Registration(ctx)
	if err != nil {
		e.note(err)
		return
	}
	for _, id := range later.Channels {
		if slices.Contains(app.Channels, id) {
			e.Waiting = append(e.Waiting, id)
		}
	}
}
