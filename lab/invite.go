package lab

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/emiago/sipgo/sip"
)

// invite writes the request that begins a call.
func (c *Caller) invite(call Call, mediaPort int) (*sip.Request, error) {
	host, port, err := sip.ParseAddr(c.target)
	if err != nil {
		return nil, fmt.Errorf("address to call: %w", err)
	}
	recipient := sip.Uri{Scheme: "sip", User: call.To, Host: host, Port: port}
	request := sip.NewRequest(sip.INVITE, recipient)

	from := sip.FromHeader{DisplayName: call.Name, Address: sip.Uri{Scheme: "sip", User: call.From, Host: call.FromHost}}
	if call.FromHost == "" {
		from.Address.Host = "127.0.0.1"
	}
	if call.FromURI != "" {
		scheme, rest, _ := strings.Cut(call.FromURI, ":")
		from.Address = sip.Uri{Scheme: scheme, Host: rest}
	}
	from.Params.Add("tag", sip.GenerateTagN(16))
	request.AppendHeader(&from)
	request.AppendHeader(&sip.ToHeader{Address: recipient})
	callID := sip.CallIDHeader(sip.GenerateTagN(24) + call.CallID)
	request.AppendHeader(&callID)
	request.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.INVITE})
	request.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "caller", Host: c.host, Port: c.port}})
	if call.Asserted != "" {
		request.AppendHeader(sip.NewHeader("P-Asserted-Identity", call.Asserted))
	}
	if call.Privacy != "" {
		request.AppendHeader(sip.NewHeader("Privacy", call.Privacy))
	}
	for _, line := range call.Headers {
		name, value, _ := strings.Cut(line, ":")
		request.AppendHeader(sip.NewHeader(name, strings.TrimLeft(value, " ")))
	}
	request.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	request.SetBody(c.session(mediaPort))
	return request, nil
}

// session describes where the caller wants the voice of the other side, in SDP.
func (c *Caller) session(mediaPort int) []byte {
	return fmt.Appendf(nil,
		"v=0\r\no=- 1 1 IN IP4 %[1]s\r\ns=-\r\nc=IN IP4 %[1]s\r\nt=0 0\r\nm=audio %[2]d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n",
		c.host, mediaPort)
}

// media is where the voice of the other side arrives.
type media struct {
	port    int
	conn    *net.UDPConn // nil if no one listens
	packets atomic.Int64
	reader  sync.WaitGroup
}

// openMedia opens a socket for the voice of one call and counts what comes. A
// deaf call has the address of a socket that is not read.
func (c *Caller) openMedia(deaf bool) (*media, error) {
	if deaf {
		return &media{port: c.deafPort()}, nil
	}
	conn, err := listenUDP(c.host)
	if err != nil {
		return nil, err
	}
	heard := &media{port: conn.LocalAddr().(*net.UDPAddr).Port, conn: conn}
	heard.reader.Go(func() {
		packet := make([]byte, 2048)
		for {
			n, err := conn.Read(packet)
			if err != nil {
				return
			}
			if isVoice(packet[:n]) {
				heard.packets.Add(1)
			}
		}
	})
	return heard, nil
}

func (c *Caller) deafPort() int { return c.deaf.LocalAddr().(*net.UDPAddr).Port }

// isVoice tells an RTP packet with a payload from others.
func isVoice(packet []byte) bool {
	const version2, header = 0x80, 12
	return len(packet) > header && packet[0]&0xc0 == version2
}

func (m *media) count() int { return int(m.packets.Load()) }

func (m *media) close() {
	if m.conn == nil {
		return
	}
	_ = m.conn.Close()
	m.reader.Wait()
}
