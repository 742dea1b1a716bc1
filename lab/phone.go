package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo/sip"
)

// registrationLife is for how long a phone is registered, longer than any test.
const registrationLife = time.Hour

// A Phone is a Caller that also takes calls: it answers at once and stays until
// Asterisk hangs up.
type Phone struct {
	*Caller
	endpoint string
}

// NewPhone makes a telephone of the named endpoint and registers it with
// target, an Asterisk's SIP. To the small PBX, front-desk is at 127.0.0.3 and
// back-desk at 127.0.0.4.
func NewPhone(ctx context.Context, target, from, endpoint string) (*Phone, error) {
	caller, err := NewCaller(ctx, target, from)
	if err != nil {
		return nil, err
	}
	phone := &Phone{Caller: caller, endpoint: endpoint}
	if err := phone.register(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("register %s: %w", endpoint, err), caller.Close())
	}
	return phone, nil
}

func (p *Phone) register(ctx context.Context) error {
	host, port, err := sip.ParseAddr(p.target)
	if err != nil {
		return err
	}
	request := sip.NewRequest(sip.REGISTER, sip.Uri{Scheme: "sip", Host: host, Port: port})
	place := sip.Uri{Scheme: "sip", User: p.endpoint, Host: host}
	from := sip.FromHeader{Address: place}
	from.Params.Add("tag", sip.GenerateTagN(16))
	request.AppendHeader(&from)
	request.AppendHeader(&sip.ToHeader{Address: place})
	request.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: p.endpoint, Host: p.host, Port: p.port}})
	expires := sip.ExpiresHeader(registrationLife / time.Second)
	request.AppendHeader(&expires)
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	response, err := p.client.Do(ctx, request)
	if err != nil {
		return err
	}
	if !response.IsSuccess() {
		return fmt.Errorf("%d %s", response.StatusCode, response.Reason)
	}
	return nil
}

// pickUp answers an incoming call. Its media is not read, and Asterisk
// ends it.
func (c *Caller) pickUp(request *sip.Request, tx sip.ServerTransaction) {
	answer := sip.NewResponseFromRequest(request, sip.StatusOK, "OK", c.session(c.deafPort()))
	answer.AppendHeader(&sip.ContactHeader{Address: sip.Uri{Scheme: "sip", User: "phone", Host: c.host, Port: c.port}})
	answer.AppendHeader(sip.NewHeader("Content-Type", "application/sdp"))
	_ = tx.Respond(answer) // else the other side tries again, or gives up
}
