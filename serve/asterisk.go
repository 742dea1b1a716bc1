package serve

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/ringfence/ringfence/ari"
	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/screen"
	"github.com/ringfence/ringfence/star"
)

// exit returns a place in the dialplan subroutine where calls continue.
func exit(extension string) ari.Destination {
	return ari.Destination{Context: asteriskconf.Context, Extension: extension, Priority: 1}
}

// calls passes Asterisk's calls to the screener, and star codes that telephones
// dial to the star service.
type calls struct {
	screener *screen.Screener
	stars    *star.Service
	region   phone.Region
	origin   string
}

var _ ari.Handler = calls{}

// ServeCall screens a call, or carries out the request of a star code.
func (c calls) ServeCall(ctx context.Context, arrived ari.Call) error {
	if star.IsRequest(arrived.Args) {
		return c.stars.Serve(ctx, readRequest(arrived, c.region))
	}
	return c.screener.Screen(ctx, readCall(arrived, c.region, c.origin))
}

// origin names the Asterisk that this Ringfence screens for. It is unique among
// those whose Ringfences share a Redis.
func origin(conf config.Config) string {
	address := conf.ARIURL
	if parsed, err := url.Parse(conf.ARIURL); err == nil {
		address = parsed.Host
	}
	return strings.Join(strings.Fields(conf.Instance+"/"+address), "_")
}

func readRequest(arrived ari.Call, region phone.Region) star.Request {
	return star.Read(arrived.Args, arrived.ID, arrived.Channel, region)
}

func readCall(arrived ari.Call, region phone.Region, origin string) screen.Call {
	call := screen.ReadCall(arrived.Args, arrived.Number, region)
	call.ID, call.Origin = arrived.ID, origin
	call.SIPCallID = arrived.SIPCallID
	call.At = arrived.Arrived
	return call
}

// control acts on calls in the screener's terms.
type control struct {
	session *ari.Session
}

var _ screen.Control = control{}

// entering is how much later than the guard was set a call may enter Stasis.
const entering = 10 * time.Millisecond

// lastMoment is how long before the guard Asterisk may accept a Continue that it then
// does not carry out: releases before 20.6, and 21.0, look at their Stasis commands
// every 0.2 s.
const lastMoment = 250 * time.Millisecond

// Continue sends the call back to the dialplan. If no answer comes, it asks a
// second time: the answer to the first request may be lost.
func (c control) Continue(ctx context.Context, channel, extension string) error {
	err := c.session.Continue(ctx, channel, exit(extension))
	if err == nil || errors.Is(err, ari.ErrGone) {
		return c.whyGone(ctx, channel, err)
	}
	again := c.session.Continue(ctx, channel, exit(extension))
	late := errors.Is(again, context.DeadlineExceeded)
	if again == nil {
		return nil
	}
	if errors.Is(again, ari.ErrGone) || late && (stayed(ctx) > 0 || c.ended(ctx, channel)) {
		return screen.ErrUnanswered
	}
	return err // the call is still in Stasis, as far as is known
}

// CarriedOut finds out whether the dialplan's guard was faster than a Continue. Most
// calls left long before it; only about the others, and those of which no event came,
// Asterisk is asked.
func (c control) CarriedOut(ctx context.Context, channel string, guard time.Duration, unanswered bool) error {
	at := stayed(ctx)
	if 0 < at && at < guard-lastMoment {
		return nil
	}
	asking, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaveTimeout)
	defer cancel()
	for asking.Err() == nil {
		// The subroutine needs a moment to set it, or to hang up.
		result, set, err := c.session.Variable(asking, channel, asteriskconf.ResultVariable)
		switch {
		case err != nil:
			return unseen(at, guard, unanswered)
		case set && result == asteriskconf.ResultGuard:
			return screen.ErrContinued
		case set:
			return nil
		}
		select {
		case <-asking.Done():
		case <-time.After(askAgain):
		}
	}
	return unseen(at, guard, unanswered)
}

// unseen judges a call whose channel has ended: by Asterisk's answer, or else by how
// long the call was in Stasis, 0 if that is unknown.
func unseen(at, guard time.Duration, unanswered bool) error {
	switch {
	case !unanswered, 0 < at && at < guard-entering:
		return nil
	case at == 0:
		return screen.ErrUnanswered
	}
	return screen.ErrContinued
}

// whyGone asks Asterisk why a call has left Stasis, if err is ari.ErrGone: the
// caller hung up, or the call continued by itself. In the second case its channel
// still exists, until its caller hangs up too. It returns other errors as they are.
func (c control) whyGone(ctx context.Context, channel string, err error) error {
	if !errors.Is(err, ari.ErrGone) {
		return err
	}
	if c.ended(ctx, channel) {
		return &screen.HungUpError{After: stayed(ctx)}
	}
	return screen.ErrContinued
}

// ended reports whether a channel has ended.
func (c control) ended(ctx context.Context, channel string) bool {
	_, _, err := c.session.Variable(context.WithoutCancel(ctx), channel, "CHANNEL(state)")
	return errors.Is(err, ari.ErrGone)
}

// askAgain is the pause between two questions about a call.
const askAgain = 20 * time.Millisecond

// leaveTimeout bounds the wait for the event that a call has left Stasis. It is more
// than the guard, for an Asterisk that finds no channel although the call is there. The
// record of the call waits for it, and one of the turns of calls.
const leaveTimeout = 2 * time.Second

// stayed returns how long a call that has left was in Stasis, 0 if Asterisk does not
// say so in time.
func stayed(ctx context.Context) time.Duration {
	timer := time.NewTimer(leaveTimeout)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ari.Stayed(ctx)
}

// Play plays the message: as early media, or if message.Answer is set, after an answer.
func (c control) Play(ctx context.Context, channel string, message policy.Message) error {
	guard := strconv.FormatFloat((message.Limit + screen.MessageGuard).Seconds(), 'f', 1, 64)
	if err := c.session.SetVariable(ctx, channel, "TIMEOUT(absolute)", guard); err != nil {
		return fmt.Errorf("extend the dialplan's guard: %w", err)
	}
	// If the caller hangs up during the message, the call never reaches the
	// extension that marks the CDR.
	if err := c.session.SetVariable(ctx, channel, "CDR(userfield)", calllog.BlockedText); err != nil {
		return fmt.Errorf("mark the CDR: %w", err)
	}
	if message.Answer {
		if err := c.session.Answer(ctx, channel); err != nil {
			return err
		}
	}
	playback, err := c.session.Play(ctx, channel, message.Sound)
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, message.Limit)
	defer cancel()
	switch err := playback.Wait(limited); {
	case err == nil, errors.Is(err, ari.ErrGone):
		return nil
	case errors.Is(err, ari.ErrPlaybackFailed):
		// A message also ends so if the caller hangs up.
		if errors.Is(c.whyGone(ctx, channel, ari.ErrGone), screen.ErrHungUp) {
			return nil
		}
		return err
	default:
		return stop(context.WithoutCancel(ctx), playback)
	}
}

// stop ends a message that has reached its limit. It tries twice, since Asterisk
// refuses the call only after the message has ended, and until then the guard may
// continue the call.
func stop(ctx context.Context, playback *ari.Playback) (err error) {
	for range 2 {
		if err = playback.Stop(ctx); err == nil {
			return nil
		}
	}
	return fmt.Errorf("end the message: %w", err)
}

// starControl answers star codes.
type starControl struct{ session *ari.Session }

var _ star.Control = starControl{}

// Continue sends the request back to the dialplan, which plays the sound.
func (c starControl) Continue(ctx context.Context, channel, extension string) error {
	err := c.session.Continue(ctx, channel, ari.Destination{Context: asteriskconf.StarContext, Extension: extension, Priority: 1})
	if errors.Is(err, ari.ErrGone) {
		return nil
	}
	return err
}
