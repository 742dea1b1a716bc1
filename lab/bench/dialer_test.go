package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// A switchboard means Asterisk: it answers each INVITE as its script says
// and keeps what it was sent.
type switchboard struct {
	conn   *net.UDPConn
	answer func(invite message, nth int) []string
	reader sync.WaitGroup

	mu       sync.Mutex
	requests []string // methods and addresses
	invites  map[string]int
}

func newSwitchboard(t *testing.T, answer func(invite message, nth int) []string) *switchboard {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	s := &switchboard{conn: conn, answer: answer, invites: make(map[string]int)}
	s.reader.Go(s.read)
	t.Cleanup(func() {
		_ = conn.Close()
		s.reader.Wait()
	})
	return s
}

func (s *switchboard) read() {
	packet := make([]byte, 65536)
	for {
		n, from, err := s.conn.ReadFromUDPAddrPort(packet)
		if err != nil {
			return
		}
		m := message(packet[:n])
		line, _, _ := strings.Cut(string(m), " SIP/2.0\r\n")
		s.mu.Lock()
		s.requests = append(s.requests, line)
		s.invites[m.header("Call-ID")]++
		nth := s.invites[m.header("Call-ID")]
		s.mu.Unlock()
		if !strings.HasPrefix(line, "INVITE ") {
			continue
		}
		for _, status := range s.answer(m, nth) {
			text := "SIP/2.0 " + status + "\r\nVia: " + m.header("Via") + "\r\nCall-ID: " + m.header("Call-ID") +
				"\r\nFrom: " + m.header("From") + "\r\nTo: " + m.header("To") + ";tag=far\r\nCSeq: 1 INVITE\r\n" +
				"Contact: <sip:far@" + s.conn.LocalAddr().String() + ">\r\nContent-Length: 0\r\n\r\n"
			_, _ = s.conn.WriteToUDPAddrPort([]byte(text), from)
		}
	}
}

// waitFor waits until so many requests have come.
func (s *switchboard) waitFor(ctx context.Context, t *testing.T, count int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	for {
		s.mu.Lock()
		requests := append([]string(nil), s.requests...)
		s.mu.Unlock()
		if len(requests) >= count {
			return requests
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			t.Fatalf("%d requests expected, came: %q", count, requests)
		}
	}
}

func place(t *testing.T, s *switchboard, times []time.Duration) []*call {
	t.Helper()
	d, err := newDialer(s.conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.close(); err != nil {
			t.Error(err)
		}
	})
	calls, err := d.place(t.Context(), "100", times, func() string { return "+49151" })
	if err != nil {
		t.Fatal(err)
	}
	return calls
}

func TestRefusedCallIsAcknowledged(t *testing.T) {
	t.Parallel()
	s := newSwitchboard(t, func(message, int) []string { return []string{"100 Trying", "403 Forbidden"} })
	calls := place(t, s, []time.Duration{0})
	if c := calls[0]; c.code != 403 || c.took <= 0 || c.resent != 0 {
		t.Errorf("code %d after %v, sent again %d times", c.code, c.took, c.resent)
	}
	address := "sip:100@" + s.conn.LocalAddr().String()
	if diff := cmp.Diff([]string{"INVITE " + address, "ACK " + address}, s.waitFor(t.Context(), t, 2)); diff != "" {
		t.Error(diff)
	}
}

func TestAnsweredCallIsHungUp(t *testing.T) {
	t.Parallel()
	s := newSwitchboard(t, func(message, int) []string { return []string{"200 OK"} })
	if calls := place(t, s, []time.Duration{0}); calls[0].code != 200 {
		t.Errorf("code %d", calls[0].code)
	}
	local := s.conn.LocalAddr().String()
	want := []string{"INVITE sip:100@" + local, "ACK sip:far@" + local, "BYE sip:far@" + local}
	if diff := cmp.Diff(want, s.waitFor(t.Context(), t, 3)); diff != "" {
		t.Error(diff)
	}
}

func TestUnheardInviteIsSentAgain(t *testing.T) {
	t.Parallel()
	s := newSwitchboard(t, func(_ message, nth int) []string {
		if nth == 1 {
			return nil
		}
		return []string{"403 Forbidden"}
	})
	c := place(t, s, []time.Duration{0})[0]
	if c.code != 403 || c.resent != 1 || c.took < timerA {
		t.Errorf("code %d after %v, sent again %d times", c.code, c.took, c.resent)
	}
}

func TestCallsAreNotHeldUpBySlowOnes(t *testing.T) {
	t.Parallel()
	var seen sync.Map
	s := newSwitchboard(t, func(invite message, _ int) []string {
		seen.Store(invite.header("Call-ID"), true)
		return []string{"100 Trying", "100 Trying", "486 Busy", "486 Busy"}
	})
	times := make([]time.Duration, 50)
	for i := range times {
		times[i] = time.Duration(i) * time.Millisecond
	}
	for i, c := range place(t, s, times) {
		if c.code != 486 || c.sent.IsZero() {
			t.Errorf("call %d: code %d", i, c.code)
		}
	}
	count := 0
	seen.Range(func(any, any) bool { count++; return true })
	if count != len(times) {
		t.Errorf("%d different calls, want %d", count, len(times))
	}
}

func TestPlacingEndsWithItsContext(t *testing.T) {
	t.Parallel()
	s := newSwitchboard(t, func(message, int) []string { return nil })
	d, err := newDialer(s.conn.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		s.waitFor(ctx, t, 1)
		cancel()
	}()
	if _, err := d.place(ctx, "100", []time.Duration{0}, func() string { return "1" }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

func TestMessage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, text string
		status     int
	}{
		{"response", "SIP/2.0 603 Decline\r\nTo: <sip:1@x>;tag=1\r\n\r\n", 603},
		{"request", "BYE sip:bench@x SIP/2.0\r\nTo: <sip:1@x>;tag=1\r\n\r\n", 0},
		{"short", "SIP/2.0 6", 0},
		{"odd", "SIP/2.0 abc\r\n\r\n", 0},
		{"nothing", "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			m := message(test.text)
			if got := m.status(); got != test.status {
				t.Errorf("status %d, want %d", got, test.status)
			}
			if len(test.text) > 20 && uri(m.header("To")) != "sip:1@x" {
				t.Errorf("to %q", m.header("To"))
			}
			if got := m.header("From"); got != "" {
				t.Errorf("from %q, and there is none", got)
			}
		})
	}
}
