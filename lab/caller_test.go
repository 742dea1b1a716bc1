package lab_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

func TestCallerHearsEarlyMedia(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) {
		status := app.post(http.MethodPost, "/channels/"+url.PathEscape(channel)+"/play?media=sound:ss-noservice")
		if status != http.StatusCreated {
			t.Errorf("play: %d", status)
		}
	})
	// The message continues until the guard of the dialplan fires.
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930123"})
	if err != nil {
		t.Fatal(err)
	}
	const perSecond = 50 // packets of 20 ms
	if !result.Early() || result.EarlyPackets < perSecond {
		t.Errorf("got %+v, want early media for 1.5 s", result)
	}
}

func TestCallerCancels(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	connectApp(t, asterisk, "ringfence", nil)
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930123", CancelAfter: 100 * time.Millisecond})
	if err != nil || result.Code != 487 || !result.Cancelled {
		t.Errorf("got %+v, %v, want 487", result, err)
	}
	if result.After > 400*time.Millisecond {
		t.Errorf("took %v", result.After)
	}
	wantNoChannels(t, asterisk)
}

func TestCallerGivesUp(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	connectApp(t, asterisk, "ringfence", nil)
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930123", Timeout: 100 * time.Millisecond})
	if err == nil {
		t.Errorf("got %+v, want an error for want of a final response", result)
	}
	wantNoChannels(t, asterisk)
}

func TestOtherSideHangsUp(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	connectApp(t, asterisk, "ringfence", func(app *ariApp, channel string) {
		app.post(http.MethodPost, "/channels/"+url.PathEscape(channel)+"/answer")
		app.goOn(channel, "decline")
	})
	result, err := caller.Call(t.Context(), lab.Call{To: "100", From: "+4930123", Hold: 5 * time.Second})
	if err != nil || !result.Answered() || !result.HungUp || result.Talked > time.Second {
		t.Errorf("got %+v, %v, want an answer and a hang-up by the other side", result, err)
	}
}

// Nothing listens: the caller must not wait without limit.
func TestCallIntoTheVoid(t *testing.T) {
	caller, err := lab.NewCaller(t.Context(), "127.0.0.1:9", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := caller.Close(); err != nil {
			t.Error(err)
		}
	}()
	if result, err := caller.Call(t.Context(), lab.Call{To: "100", Timeout: 50 * time.Millisecond}); err == nil {
		t.Errorf("got %+v", result)
	}
}

func TestManyCalls(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	var calls errgroup.Group
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for i := range 400 {
		<-ticker.C
		calls.Go(func() error {
			to, want := "8100", 403
			if i%2 == 0 {
				to, want = "100", 200
			}
			result, err := caller.Call(t.Context(), lab.Call{To: to, From: "+4930123", Deaf: true})
			if err != nil {
				return err
			}
			if result.Code != want || result.After > time.Second {
				t.Errorf("got %+v, want %d", result, want)
			}
			return nil
		})
	}
	if err := calls.Wait(); err != nil {
		t.Error(err)
	}
	wantNoChannels(t, asterisk)
}

func TestRestart(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	before := asterisk.ARI()
	if err := asterisk.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	if asterisk.ARI() != before {
		t.Errorf("ARI is at %s, was at %s", asterisk.ARI(), before)
	}
	if result, err := caller.Call(t.Context(), lab.Call{To: "100"}); err != nil || !result.Answered() {
		t.Errorf("got %+v, %v", result, err)
	}
	if used, err := lab.CPUTime(asterisk.PID()); err != nil || used <= 0 {
		t.Errorf("processor time %v, %v", used, err)
	}
}
