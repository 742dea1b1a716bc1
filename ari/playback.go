package ari

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// ErrPlaybackFailed means that Asterisk could not play a medium, most often
// because it has no such sound.
var ErrPlaybackFailed = errors.New("asterisk could not play the medium")

// errNoEvents ends playbacks whose end no event will report.
var errNoEvents = errors.New("another client gets the events of this playback")

// Playback is something that plays to a caller.
type Playback struct {
	// ID is Asterisk's id of it.
	ID string

	session *Session
	channel string
	media   int
	once    sync.Once
	done    chan struct{}
	err     error
}

// Play begins to play media, one after the other, such as sound:ss-noservice
// or tone:busy. A channel that is not answered hears it as early media. Tones
// play until they are stopped. It returns an error that is [ErrGone] if the
// call has left Stasis.
//
// The end of a playback is known only while Run runs.
func (s *Session) Play(ctx context.Context, channelID string, media ...string) (*Playback, error) {
	p := &Playback{
		ID: "ringfence-" + rand.Text(), session: s, channel: channelID, media: len(media), done: make(chan struct{}),
	}
	// Before the request: the event of its end may come before the answer.
	s.playbacks.add(p)
	err := s.onChannel(ctx, "play", http.MethodPost, channelID, "/play/"+seg(p.ID), nil, map[string]any{"media": media}, nil)
	if err != nil {
		s.playbacks.finish(p.ID, err)
		return nil, err
	}
	if errors.Is(context.Cause(ctx), ErrGone) {
		// The call left before the playback was in the table.
		s.playbacks.finish(p.ID, ErrGone)
	}
	return p, nil
}

// Wait waits for the end. It returns nil if all was played or stopped,
// [ErrPlaybackFailed] if Asterisk could not play it, [ErrGone] if the call
// left Stasis, and the cause of ctx's end if that came first.
func (p *Playback) Wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		return fmt.Errorf("wait for the playback: %w", context.Cause(ctx))
	}
}

// Stop ends the playback, all of its media. One that has ended is no error.
// A Continue may follow at once.
func (p *Playback) Stop(ctx context.Context) error {
	// Asterisk stops the current medium and continues with the next one.
	for range p.media {
		err := p.session.rest.do(ctx, "stop", http.MethodDelete, "/playbacks/"+seg(p.ID), nil, nil, nil)
		switch {
		case isStatus(err, http.StatusNotFound):
			return nil
		case err != nil:
			return err
		case p.media == 1:
			return nil
		}
		select {
		case <-p.done:
			return nil
		case <-time.After(30 * time.Millisecond):
		case <-ctx.Done():
			return fmt.Errorf("stop the playback: %w", context.Cause(ctx))
		}
	}
	return nil
}

func (p *Playback) end(err error) {
	p.once.Do(func() {
		p.err = err
		close(p.done)
	})
}

// playbacks are those that have not ended.
type playbacks struct {
	mu   sync.Mutex
	open map[string]*Playback
}

func (ps *playbacks) add(p *Playback) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.open == nil {
		ps.open = map[string]*Playback{}
	}
	ps.open[p.ID] = p
}

func (ps *playbacks) finish(id string, err error) {
	ps.finishIf(err, func(p *Playback) bool { return p.ID == id })
}

// leave ends what plays to a channel that has left Stasis.
func (ps *playbacks) leave(channel string) {
	ps.finishIf(ErrGone, func(p *Playback) bool { return p.channel == channel })
}

func (ps *playbacks) finishIf(err error, which func(*Playback) bool) {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	for id, p := range ps.open {
		if which(p) {
			delete(ps.open, id)
			p.end(err)
		}
	}
}

func (ps *playbacks) list() []*Playback {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	all := make([]*Playback, 0, len(ps.open))
	for _, p := range ps.open {
		all = append(all, p)
	}
	return all
}
