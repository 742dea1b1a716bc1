package main

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A template has what the messages of all calls have in common. Calls are
// written by hand: a SIP library takes more of the machine than a refused call
// takes of Asterisk.
type template struct {
	target string // host and port that is called
	local  string // host and port that calls
	media  int    // port that the caller would hear at
}

// invite writes the request that begins a call. The branch, and so the whole
// transaction, is made of the call's id.
func (t template) invite(id, from, to string) []byte {
	sdp := fmt.Sprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"+
		"m=audio %d RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n", t.media)
	return fmt.Appendf(nil, "INVITE sip:%[1]s@%[2]s SIP/2.0\r\n"+
		"Via: SIP/2.0/UDP %[3]s;branch=z9hG4bK%[4]s;rport\r\n"+
		"Max-Forwards: 70\r\n"+
		"From: <sip:%[5]s@127.0.0.1>;tag=%[4]s\r\n"+
		"To: <sip:%[1]s@%[2]s>\r\n"+
		"Call-ID: %[4]s\r\n"+
		"CSeq: 1 INVITE\r\n"+
		"Contact: <sip:bench@%[3]s>\r\n"+
		"Content-Type: application/sdp\r\n"+
		"Content-Length: %[6]d\r\n\r\n%[7]s",
		to, t.target, t.local, id, from, len(sdp), sdp)
}

// acknowledge writes the ACK for a final answer, of which it needs nothing but
// the answer itself.
func (t template) acknowledge(answer message) []byte {
	branch := answer.header("Via")
	recipient := uri(answer.header("To"))
	if answer.answered() {
		// Not of the INVITE's transaction any more, but of the call's dialog.
		branch = t.via(answer, "ack")
		recipient = uri(answer.header("Contact"))
	}
	return request("ACK", recipient, branch, answer, 1)
}

// hangUp writes the BYE that ends an answered call.
func (t template) hangUp(answer message) []byte {
	return request("BYE", uri(answer.header("Contact")), t.via(answer, "bye"), answer, 2)
}

func (t template) via(answer message, what string) string {
	return fmt.Sprintf("SIP/2.0/UDP %s;branch=z9hG4bK%s%s;rport", t.local, answer.header("Call-ID"), what)
}

func request(method, recipient, via string, answer message, sequence int) []byte {
	return fmt.Appendf(nil, "%s %s SIP/2.0\r\nVia: %s\r\nMax-Forwards: 70\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContent-Length: 0\r\n\r\n",
		method, recipient, via, answer.header("From"), answer.header("To"), answer.header("Call-ID"), sequence, method)
}

// accept writes the 200 for a request of the other side.
func accept(asked message) []byte {
	return fmt.Appendf(nil, "SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %s\r\nContent-Length: 0\r\n\r\n",
		asked.header("Via"), asked.header("From"), asked.header("To"), asked.header("Call-ID"), asked.header("CSeq"))
}

// uri takes the address out of a header such as <sip:100@host>;tag=1.
func uri(header string) string {
	_, rest, _ := strings.Cut(header, "<")
	address, _, _ := strings.Cut(rest, ">")
	return address
}

// A message is a SIP message as it came. Only what Asterisk sends to a caller
// of one hop is understood: one Via, no folded and no short headers.
type message []byte

// status returns the code of a response, and 0 for a request.
func (m message) status() int {
	rest, found := bytes.CutPrefix(m, []byte("SIP/2.0 "))
	if !found || len(rest) < 3 {
		return 0
	}
	code, err := strconv.Atoi(string(rest[:3]))
	if err != nil {
		return 0
	}
	return code
}

func (m message) answered() bool { return m.status() >= 200 && m.status() < 300 }

// header returns the value of a header, empty if there is none.
func (m message) header(name string) string {
	head, _, _ := bytes.Cut(m, []byte("\r\n\r\n"))
	_, rest, found := bytes.Cut(head, []byte("\r\n"+name+": "))
	if !found {
		return ""
	}
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return string(value)
}
