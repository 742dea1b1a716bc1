package lab_test

import (
	"testing"
	"time"

	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

func TestCalls(t *testing.T) {
	asterisk := labtest.NeedAsterisk(t, lab.AsteriskOptions{})
	caller := labtest.NewCaller(t, asterisk, "")
	for _, test := range []struct {
		name string
		call lab.Call
		code int
	}{
		{"bare refusal", lab.Call{To: "81000", From: "301"}, 403},
		{"queue, as no Ringfence is there", lab.Call{To: "100", From: "302"}, 200},
		{"unknown number", lab.Call{To: "22222", From: "303"}, 404},
	} {
		t.Run(test.name, func(t *testing.T) {
			result, err := caller.Call(t.Context(), test.call)
			if err != nil {
				t.Fatal(err)
			}
			if result.Code != test.code {
				t.Errorf("got %d %s, want %d", result.Code, result.Phrase, test.code)
			}
			if result.After > 200*time.Millisecond {
				t.Errorf("took %v", result.After)
			}
		})
	}
	wantNoChannels(t, asterisk)
}
