package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/emiago/sipgo"
	"github.com/emiago/sipgo/sip"
)

// A Call says whom to call as whom. All texts go out byte by byte as they are
// given, even if they are not valid SIP.
type Call struct {
	// To is the dialled number, the user part of the request's address.
	To string
	// From is the user part of the From header's address; empty means that it
	// has none. FromHost is the host part, 127.0.0.1 if empty. FromURI
	// replaces both, as in "tel:+4930123456".
	From, FromHost, FromURI string
	// Name is the display name.
	Name string
	// Asserted is the P-Asserted-Identity header, as in
	// "<sip:+4930123456@carrier.example>"; Privacy is that of Privacy, "id".
	Asserted, Privacy string
	// CallID is put behind the random text that names the call.
	CallID string
	// Headers are further headers, whole lines without their end.
	Headers []string

	// CancelAfter cancels a call that has no final response yet after this
	// time; zero never.
	CancelAfter time.Duration
	// Hold is how long to stay in an answered call; zero hangs up at once.
	Hold time.Duration
	// Timeout bounds the wait for a final response; zero is 32 s.
	Timeout time.Duration
	// Deaf leaves the media of the call unheard and uncounted, which makes a
	// call cheaper.
	Deaf bool
}

// A Provisional is a response that came before the final one.
type Provisional struct {
	Code int
	// After is the time since the INVITE was sent.
	After time.Duration
	// Media says that it announced early media.
	Media bool
}

// A Result is what a caller got.
type Result struct {
	CallID string
	// Code and Phrase are the final response, 603 and "Decline". Reason is
	// its Reason header, empty if it has none.
	Code           int
	Phrase, Reason string
	// After is the time from the INVITE to the final response.
	After        time.Duration
	Provisionals []Provisional
	// EarlyPackets and Packets count the RTP packets that came before the
	// final response, and in the whole call. Both are zero in a deaf call.
	EarlyPackets, Packets int
	// Cancelled says that the caller gave up before the final response.
	Cancelled bool
	// HungUp says that Asterisk ended an answered call, and not the
	// caller.
	HungUp bool
	// Talked is the time from the answer to the end of an answered call.
	Talked time.Duration
}

// Answered says that the call was taken.
func (r Result) Answered() bool { return r.Code >= 200 && r.Code < 300 }

// Early says that a response announced early media.
func (r Result) Early() bool {
	for _, provisional := range r.Provisionals {
		if provisional.Media {
			return true
		}
	}
	return false
}

// Call places a call and handles it to its end: it acknowledges, cancels
// and hangs up as the Call says. The error says that there was no final
// response at all.
func (c *Caller) Call(ctx context.Context, call Call) (Result, error) {
	timeout := call.Timeout
	if timeout == 0 {
		timeout = 32 * time.Second
	}
	ring, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()

	media, err := c.openMedia(call.Deaf)
	if err != nil {
		return Result{}, err
	}
	defer media.close()
	invite, err := c.invite(call, media.port)
	if err != nil {
		return Result{}, err
	}
	callID := invite.CallID().Value()
	hungUp := c.expect(callID)
	defer c.forget(callID)

	result := Result{CallID: callID}
	began := time.Now()
	tx, err := c.client.TransactionRequest(ring, invite, sipgo.ClientRequestBuild)
	if err != nil {
		return result, fmt.Errorf("call %q: %w", call.To, err)
	}
	final, err := c.ring(ring, call, invite, tx, &result, began)
	result.EarlyPackets = media.count()
	if err != nil {
		tx.Terminate()
		return result, fmt.Errorf("call %q: %w", call.To, err)
	}
	if result.Answered() {
		err = c.talk(ctx, call, invite, final, tx, hungUp, &result)
		tx.Terminate()
	}
	result.Packets = media.count()
	return result, err
}

// ring follows the call up to its final response.
func (c *Caller) ring(ctx context.Context, call Call, invite *sip.Request, tx sip.ClientTransaction, result *Result, began time.Time) (*sip.Response, error) {
	var giveUp <-chan time.Time
	if call.CancelAfter > 0 {
		timer := time.NewTimer(call.CancelAfter)
		defer timer.Stop()
		giveUp = timer.C
	}
	for {
		select {
		case response := <-tx.Responses():
			after := time.Since(began)
			if response.IsProvisional() {
				result.Provisionals = append(result.Provisionals, Provisional{
					Code:  response.StatusCode,
					After: after,
					Media: len(response.Body()) > 0,
				})
				continue
			}
			result.Code, result.Phrase, result.After = response.StatusCode, response.Reason, after
			if reason := response.GetHeader("Reason"); reason != nil {
				result.Reason = reason.Value()
			}
			return response, nil
		case <-giveUp:
			giveUp = nil
			result.Cancelled = true
			if err := c.sendCancel(ctx, invite); err != nil {
				return nil, err
			}
		case <-tx.Done():
			return nil, fmt.Errorf("no final response: %w", tx.Err())
		case <-ctx.Done():
			// Leave no call in Asterisk.
			brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			err := c.sendCancel(brief, invite)
			if len(result.Provisionals) > 0 {
				err = errors.Join(err, c.endLate(brief, invite, tx))
			}
			return nil, errors.Join(fmt.Errorf("no final response: %w", ctx.Err()), err)
		}
	}
}

// endLate ends a call that is answered while it is being cancelled: else the
// Asterisk would wait for half a minute for an acknowledgement.
func (c *Caller) endLate(ctx context.Context, invite *sip.Request, tx sip.ClientTransaction) error {
	for {
		select {
		case response := <-tx.Responses():
			if response.IsProvisional() {
				continue
			}
			if !response.IsSuccess() {
				return nil
			}
			if err := c.client.WriteRequest(inDialog(sip.ACK, invite, response)); err != nil {
				return fmt.Errorf("acknowledge answer: %w", err)
			}
			if _, err := c.client.Do(ctx, inDialog(sip.BYE, invite, response)); err != nil {
				return fmt.Errorf("hang up: %w", err)
			}
			return nil
		case <-tx.Done():
			return nil
		case <-ctx.Done():
			return nil
		}
	}
}

// talk acknowledges the answer, stays in the call and ends it.
func (c *Caller) talk(ctx context.Context, call Call, invite *sip.Request, answer *sip.Response, tx sip.ClientTransaction, hungUp <-chan struct{}, result *Result) error {
	began := time.Now()
	ack := inDialog(sip.ACK, invite, answer)
	if err := c.client.WriteRequest(ack); err != nil {
		return fmt.Errorf("acknowledge answer: %w", err)
	}
	tx.OnRetransmission(func(*sip.Response) {
		_ = c.client.WriteRequest(ack.Clone()) // the next one tries again
	})
	hold := time.NewTimer(call.Hold)
	defer hold.Stop()
	select {
	case <-hungUp:
		result.HungUp, result.Talked = true, time.Since(began)
		return nil
	case <-hold.C:
	case <-ctx.Done():
	}
	result.Talked = time.Since(began)
	brief, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if _, err := c.client.Do(brief, inDialog(sip.BYE, invite, answer)); err != nil {
		return fmt.Errorf("hang up: %w", err)
	}
	return nil
}

func (c *Caller) sendCancel(ctx context.Context, invite *sip.Request) error {
	request := sip.NewRequest(sip.CANCEL, *invite.Recipient.Clone())
	request.AppendHeader(invite.Via().Clone())
	copyDialog(request, invite, invite.To(), invite.CSeq().SeqNo)
	request.Laddr = invite.Laddr
	// Its own answer says nothing: the final response of the INVITE does.
	brief, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	tx, err := c.client.TransactionRequest(brief, request, sipgo.ClientRequestBuild)
	if err != nil {
		return fmt.Errorf("cancel: %w", err)
	}
	go func() {
		defer tx.Terminate()
		select {
		case <-tx.Responses():
		case <-tx.Done():
		case <-time.After(2 * time.Second):
		}
	}()
	return nil
}

// inDialog makes a request within an answered call.
func inDialog(method sip.RequestMethod, invite *sip.Request, answer *sip.Response) *sip.Request {
	recipient := invite.Recipient
	if contact := answer.Contact(); contact != nil {
		recipient = contact.Address
	}
	request := sip.NewRequest(method, *recipient.Clone())
	sequence := invite.CSeq().SeqNo
	if method != sip.ACK {
		sequence++
	}
	copyDialog(request, invite, answer.To(), sequence)
	return request
}

func copyDialog(request, invite *sip.Request, to *sip.ToHeader, sequence uint32) {
	request.AppendHeader(sip.HeaderClone(invite.From()))
	request.AppendHeader(sip.HeaderClone(to))
	request.AppendHeader(sip.HeaderClone(invite.CallID()))
	request.AppendHeader(&sip.CSeqHeader{SeqNo: sequence, MethodName: request.Method})
}
