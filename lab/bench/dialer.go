package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// The times of SIP (RFC 3261, 17.1.1.2): the first repetition of an INVITE
// comes after timerA, each further one after twice the time before.
const timerA = 500 * time.Millisecond

// callTimeout is how long a call may be without a final answer; after that it
// counts as lost.
const callTimeout = 5 * time.Second

// A dialer places calls from one UDP socket at the given times, whether the
// calls before have been answered or not. It sees each through to its final
// answer.
type dialer struct {
	template

	conn   *net.UDPConn
	deaf   *net.UDPConn // would receive media, which is not read
	reader sync.WaitGroup

	mu    sync.Mutex
	calls map[string]*call
	open  int
	idle  chan struct{} // has a token once open is zero
}

// newDialer makes a dialer that calls target, an Asterisk's SIP.
func newDialer(target string) (*dialer, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("open socket for calls: %w", err)
	}
	deaf, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open socket for media: %w", err), conn.Close())
	}
	_ = conn.SetReadBuffer(4 << 20) // as much as the machine gives
	address, err := net.ResolveUDPAddr("udp4", target)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("address to call: %w", err), conn.Close(), deaf.Close())
	}
	d := &dialer{
		template: template{target: target, local: conn.LocalAddr().String(), media: deaf.LocalAddr().(*net.UDPAddr).Port},
		conn:     conn,
		deaf:     deaf,
		idle:     make(chan struct{}, 1),
	}
	d.reader.Go(func() { d.read(address) })
	return d, nil
}

func (d *dialer) close() error {
	err := errors.Join(d.conn.Close(), d.deaf.Close())
	d.reader.Wait()
	return err
}

// place places one call at each of the given times after now, the callers
// taken from from, and returns when all have their final answer or are lost.
func (d *dialer) place(ctx context.Context, to string, times []time.Duration, from func() string) ([]*call, error) {
	address, err := net.ResolveUDPAddr("udp4", d.target)
	if err != nil {
		return nil, fmt.Errorf("address to call: %w", err)
	}
	d.expect(make(map[string]*call, len(times)))
	defer d.expect(nil)
	var repeater sync.WaitGroup
	defer repeater.Wait()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	repeater.Go(func() { d.repeat(ctx, address) })

	// A thread of its own: the runtime's timers are up to a millisecond late.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	placed := make([]*call, 0, len(times))
	series := strings.ToLower(rand.Text())
	began := time.Now()
	for i, at := range times {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		id := fmt.Sprintf("%s-%d", series, i)
		invite := d.invite(id, from(), to)
		sleepUntil(began.Add(at))
		sent := time.Now()
		c := &call{invite: invite, sent: sent, late: sent.Sub(began) - at, pause: timerA, repeat: sent.Add(timerA)}
		placed = append(placed, c)
		d.mu.Lock()
		d.calls[id] = c
		d.open++
		d.mu.Unlock()
		if _, err := d.conn.WriteToUDP(invite, address); err != nil {
			return nil, fmt.Errorf("place call: %w", err)
		}
	}
	return placed, d.wait(ctx)
}

func sleepUntil(at time.Time) {
	for {
		left := time.Until(at)
		if left <= 0 {
			return
		}
		pause := syscall.NsecToTimespec(int64(left))
		_ = syscall.Nanosleep(&pause, nil) // a signal cuts it short
	}
}

// wait returns when no call is open any more, or callTimeout is over.
func (d *dialer) wait(ctx context.Context) error {
	over := time.NewTimer(callTimeout)
	defer over.Stop()
	for {
		d.mu.Lock()
		open := d.open
		d.mu.Unlock()
		if open == 0 {
			return nil
		}
		select {
		case <-d.idle:
		case <-over.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// repeat sends the INVITEs again that nothing was heard of.
func (d *dialer) repeat(ctx context.Context, address *net.UDPAddr) {
	ticker := time.NewTicker(timerA / 10)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			for _, c := range d.unheard(now) {
				_, _ = d.conn.WriteToUDP(c.invite, address) // if it is lost, it is lost
			}
		}
	}
}

// read takes what the other side sends until the socket is closed.
func (d *dialer) read(address *net.UDPAddr) {
	packet := make([]byte, 65536)
	for {
		n, _, err := d.conn.ReadFromUDPAddrPort(packet)
		if err != nil {
			return
		}
		for _, reply := range d.take(packet[:n], time.Now()) {
			_, _ = d.conn.WriteToUDP(reply, address) // asked for again if it is lost
		}
	}
}

// take notes a message and returns what to send in return.
func (d *dialer) take(m message, at time.Time) [][]byte {
	code := m.status()
	switch {
	case code == 0 && strings.HasPrefix(string(m), "BYE "):
		return [][]byte{accept(m)}
	case code == 0, !strings.HasSuffix(m.header("CSeq"), " INVITE"):
		return nil
	}
	d.note(m.header("Call-ID"), code, at)
	switch {
	case code < 200:
		return nil
	case m.answered():
		return [][]byte{d.acknowledge(m), d.hangUp(m)}
	default:
		return [][]byte{d.acknowledge(m)}
	}
}
