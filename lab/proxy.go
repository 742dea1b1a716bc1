package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"
)

// A Direction is one direction through a Proxy, or both.
type Direction uint8

// The directions through a proxy.
const (
	ToServer Direction = 1 << iota
	ToClient
	BothWays = ToServer | ToClient
)

// A Proxy is between a client and a server on TCP and fails on request. It
// begins without a fault. Its methods may be used by several goroutines.
type Proxy struct {
	target  string
	address string
	ctx     context.Context // ends with Close
	cancel  context.CancelFunc
	work    sync.WaitGroup

	mu       sync.Mutex
	listener net.Listener // nil while refusing
	links    map[*link]struct{}
	faults   faults
	changed  chan struct{} // closed and replaced when the faults change
}

type faults struct {
	held  Direction
	delay map[Direction]time.Duration
}

// A link is one connection through the proxy.
type link struct {
	client, server net.Conn
}

func (l *link) close() {
	_ = l.client.Close()
	_ = l.server.Close()
}

// NewProxy starts a proxy before a server's host and port, on a free port.
func NewProxy(ctx context.Context, target string) (*Proxy, error) {
	port, err := freePort("tcp")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	proxy := &Proxy{
		target:  target,
		address: fmt.Sprintf("127.0.0.1:%d", port),
		ctx:     ctx,
		cancel:  cancel,
		links:   make(map[*link]struct{}),
		faults:  faults{delay: make(map[Direction]time.Duration)},
		changed: make(chan struct{}),
	}
	proxy.mu.Lock()
	defer proxy.mu.Unlock()
	if err := proxy.listen(); err != nil {
		cancel()
		return nil, err
	}
	return proxy, nil
}

// Address is the host and port that clients connect to.
func (p *Proxy) Address() string { return p.address }

// Pass ends all faults. Data that was held or delayed arrives now.
func (p *Proxy) Pass() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = faults{delay: make(map[Direction]time.Duration)}
	p.wake()
	if p.listener == nil {
		return p.listen()
	}
	return nil
}

// Refuse refuses new connections, as a machine without a server does.
// Open connections stay.
func (p *Proxy) Refuse() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.listener != nil {
		_ = p.listener.Close()
		p.listener = nil
	}
}

// Hold stops one direction, on open and on new connections: they stay open,
// and nothing arrives until Pass, as in a network that drops all packets.
func (p *Proxy) Hold(way Direction) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults.held |= way
	p.wake()
}

// Delay makes all data arrive later, in one direction or, if both are
// given, in each of the two.
func (p *Proxy) Delay(way Direction, by time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, one := range []Direction{ToServer, ToClient} {
		if way&one != 0 {
			p.faults.delay[one] = by
		}
	}
	p.wake()
}

// Cut closes all open connections.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for link := range p.links {
		link.close()
	}
}

// Connections is the number of open connections.
func (p *Proxy) Connections() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.links)
}

// Close ends the proxy and all connections through it.
func (p *Proxy) Close() {
	p.cancel()
	p.Refuse()
	p.Cut()
	p.work.Wait()
}

// wake makes waiting goroutines check the faults again. The caller holds the lock.
func (p *Proxy) wake() {
	close(p.changed)
	p.changed = make(chan struct{})
}

// listen starts to accept connections. The caller holds the lock.
func (p *Proxy) listen() error {
	var config net.ListenConfig
	listener, err := config.Listen(p.ctx, "tcp4", p.address)
	if err != nil {
		return fmt.Errorf("open proxy: %w", err)
	}
	p.listener = listener
	p.work.Go(func() { p.accept(listener) })
	return nil
}

func (p *Proxy) accept(listener net.Listener) {
	for {
		client, err := listener.Accept()
		if err != nil {
			return // closed by Refuse or Close
		}
		p.work.Go(func() { p.connect(client) })
	}
}

// connect handles one connection until it ends.
func (p *Proxy) connect(client net.Conn) {
	var dialer net.Dialer
	server, err := dialer.DialContext(p.ctx, "tcp", p.target)
	if err != nil {
		_ = client.Close() // all that a proxy can say
		return
	}
	link := &link{client: client, server: server}
	defer link.close()
	if !p.add(link) {
		return
	}
	defer p.remove(link)
	var ways sync.WaitGroup
	ways.Go(func() { p.carry(ToServer, client, server) })
	ways.Go(func() { p.carry(ToClient, server, client) })
	ways.Wait()
}

func (p *Proxy) add(link *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ctx.Err() != nil {
		return false
	}
	p.links[link] = struct{}{}
	return true
}

func (p *Proxy) remove(link *link) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.links, link)
}

// A chunk is the data of one read, and its time.
type chunk struct {
	data []byte
	read time.Time
}

// carry copies one direction of a connection, under the
// current faults.
func (p *Proxy) carry(way Direction, source, sink net.Conn) {
	const ahead = 256 // chunks that may be under way
	chunks := make(chan chunk, ahead)
	var reader sync.WaitGroup
	reader.Go(func() {
		defer close(chunks)
		for {
			data := make([]byte, 16<<10)
			n, err := source.Read(data)
			if n > 0 {
				chunks <- chunk{data: data[:n], read: time.Now()}
			}
			if err != nil {
				return
			}
		}
	})
	for next := range chunks {
		if !p.await(way, next.read) {
			break
		}
		if _, err := sink.Write(next.data); err != nil {
			break
		}
	}
	// The end of the stream is delayed like data.
	if p.await(way, time.Now()) {
		closeWrite(sink)
	}
	_ = source.SetReadDeadline(time.Now())
	for range chunks { // lets the reader see its deadline
	}
	reader.Wait()
}

// await waits until data that was read at a moment may arrive. It is false when the
// proxy closes.
func (p *Proxy) await(way Direction, read time.Time) bool {
	for {
		p.mu.Lock()
		held, delay, changed := p.faults.held&way != 0, p.faults.delay[way], p.changed
		p.mu.Unlock()
		left := time.Until(read.Add(delay))
		if !held && left <= 0 {
			return p.ctx.Err() == nil
		}
		var due <-chan time.Time
		if !held {
			due = time.After(left)
		}
		select {
		case <-due:
		case <-changed:
		case <-p.ctx.Done():
			return false
		}
	}
}

// closeWrite passes the end of a stream on; the other way may still be open.
func closeWrite(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		if err := tcp.CloseWrite(); err != nil && !errors.Is(err, net.ErrClosed) {
			_ = conn.Close()
		}
	}
}
