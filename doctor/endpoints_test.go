package doctor_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/doctor"
)

const shownEndpoints = `
 Endpoint:  <Endpoint/CID.....................................>  <State.....>  <Channels.>
        Aor:  <Aor............................................>  <MaxContact>
==========================================================================================

 Endpoint:  100/Anna                                             Unavailable   0 of inf
     InAuth:  100/100
        Aor:  100                                                2

 Endpoint:  carrier                                              Unavailable   0 of inf
    OutAuth:  carrier/030231250
        Aor:  carrier                                            0
      Contact:  carrier/sip:sip.example.org:5060      0a1b2c Avail        12.3

 Endpoint:  pbx2                                                 Unavailable   0 of inf
   Identify:  pbx2/pbx2
        Match: 192.0.2.1/32

Objects found: 3
`

func TestEndpoints(t *testing.T) {
	t.Parallel()
	ask := func(_ context.Context, command string) (string, error) {
		switch command {
		case "pjsip show endpoints":
			return shownEndpoints, nil
		case "pjsip show endpoint carrier":
			return " context                            : from-trunk\n trust_id_inbound  : true\n", nil
		case "pjsip show endpoint pbx2":
			return " context : inbound\n send_pai : true\n trust_id_inbound : false\n", nil
		}
		return "", errors.New("the console is gone")
	}
	want := []doctor.Endpoint{
		{Name: "carrier", LogsIn: true, Context: "from-trunk", Trusts: true},
		{Name: "pbx2", Known: true, Context: "inbound", SendsIdentity: true},
		{Name: "100", Registers: true},
	}
	if diff := cmp.Diff(want, doctor.AskEndpoints(t.Context(), ask)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	none := func(context.Context, string) (string, error) { return "No such command 'pjsip show endpoints'\n", nil }
	if got := doctor.AskEndpoints(t.Context(), none); got != nil {
		t.Errorf("without PJSIP: %v", got)
	}
}
