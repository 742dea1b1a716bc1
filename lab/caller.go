package lab

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// A Caller places SIP calls over UDP from one socket. Its methods may be used
// by many goroutines at once; a Caller carries thousands of calls.
type Caller struct {
	target string
	host   string
	port   int
	deaf   *net.UDPConn // receives the media of deaf calls, which is not read
	ua     *sipgo.UserAgent
	client *sipgo.Client
	serve  sync.WaitGroup
	conn   net.PacketConn

	mu      sync.Mutex
	hangups map[string]chan struct{} // by Call-ID; closed when Asterisk hangs up
}

// NewCaller makes a caller whose calls go to target, an Asterisk's SIP. From
// is the IPv4 address it calls from, 127.0.0.1 if empty; to the small PBX,
// 127.0.0.2 is a caller whose identity headers are ignored.
func NewCaller(ctx context.Context, target, from string) (*Caller, error) {
	if from == "" {
		from = "127.0.0.1"
	}
	conn, err := listenUDP(from)
	if err != nil {
		return nil, err
	}
	deaf, err := listenUDP(from)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	caller := &Caller{
		target:  target,
		host:    from,
		port:    conn.LocalAddr().(*net.UDPAddr).Port,
		deaf:    deaf,
		conn:    &cleanConn{UDPConn: conn},
		hangups: make(map[string]chan struct{}),
	}
	if err := caller.open(ctx); err != nil {
		_ = conn.Close()
		_ = deaf.Close()
		return nil, fmt.Errorf("make SIP caller: %w", err)
	}
	return caller, nil
}

func init() {
	// The library refuses what may not fit into a packet of Ethernet. The
	// lab's packets stay on the machine, and some are long on purpose.
	sip.UDPMTUSize = 32 << 10
}

func listenUDP(host string) (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.ParseIP(host)})
	if err != nil {
		return nil, fmt.Errorf("open UDP socket: %w", err)
	}
	return conn, nil
}

func (c *Caller) open(ctx context.Context) error {
	quiet := slog.New(slog.DiscardHandler)
	ua, err := sipgo.NewUA(
		sipgo.WithUserAgentTransportLayerOptions(sip.WithTransportLayerLogger(quiet)),
		sipgo.WithUserAgentTransactionLayerOptions(
			sip.WithTransactionLayerLogger(quiet),
			sip.WithTransactionLayerUnhandledResponseHandler(func(*sip.Response) {}),
		),
	)
	if err != nil {
		return err
	}
	server, err := sipgo.NewServer(ua, sipgo.WithServerLogger(quiet))
	if err != nil {
		return err
	}
	server.OnBye(c.hungUp)
	server.OnInvite(c.pickUp)
	server.OnAck(func(*sip.Request, sip.ServerTransaction) {}) // of our answer, which needs nothing more
	local := net.JoinHostPort(c.host, strconv.Itoa(c.port))
	c.client, err = sipgo.NewClient(ua,
		sipgo.WithClientLogger(quiet),
		sipgo.WithClientAddr(local),
		sipgo.WithClientConnectionAddr(local),
	)
	if err != nil {
		return err
	}
	c.ua = ua
	c.serve.Go(func() { _ = server.ServeUDP(c.conn) }) // ends with the socket
	// Until the socket is known to the transport, a call would open another.
	return poll(ctx, time.Millisecond, func() (bool, error) {
		conn, err := ua.TransportLayer().GetConnection("udp", local)
		return err == nil && conn != nil, nil
	})
}

// Close ends the caller. Open calls fail.
func (c *Caller) Close() error {
	err := c.conn.Close()
	c.serve.Wait()
	_ = c.deaf.Close()
	_ = c.ua.Close() // complains of the socket that is closed already
	if err != nil {
		return fmt.Errorf("close SIP caller: %w", err)
	}
	return nil
}

// hungUp handles the BYE from Asterisk.
func (c *Caller) hungUp(request *sip.Request, tx sip.ServerTransaction) {
	_ = tx.Respond(sip.NewResponseFromRequest(request, sip.StatusOK, "OK", nil)) // else it is sent again
	if id := request.CallID(); id != nil {
		c.forget(id.Value())
	}
}

func (c *Caller) expect(callID string) <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	hangup := make(chan struct{})
	c.hangups[callID] = hangup
	return hangup
}

func (c *Caller) forget(callID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if hangup, found := c.hangups[callID]; found {
		close(hangup)
		delete(c.hangups, callID)
	}
}

// A cleanConn passes on what Asterisk sends, with every byte that is not
// text replaced: Asterisk gives the hostile text of a call back with each
// answer, and a strict reader would drop the answer.
type cleanConn struct{ *net.UDPConn }

func (c *cleanConn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.UDPConn.ReadFrom(p)
	for i, b := range p[:n] {
		if (b < ' ' && b != '\r' && b != '\n' && b != '\t') || b > '~' {
			p[i] = '?'
		}
	}
	return n, from, err
}
