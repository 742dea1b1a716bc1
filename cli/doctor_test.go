package cli

import (
	"bytes"
	"encoding/json"
	"net"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/doctor"
)

// The program as a whole, where neither Asterisk nor Redis is there.
func TestDoctorOfNothing(t *testing.T) {
	args := []string{
		"doctor", "--ari-url", "http://" + freeAddress(t) + "/ari", "--redis", "redis://" + freeAddress(t), "--http", freeAddress(t),
		"--asterisk-command", "/absent/asterisk -rx", "--asterisk-conf", t.TempDir() + "/absent",
	}
	code, out, err := runHere(t, args...)
	if code != exitUnreachable || !strings.Contains(out, "bad   asterisk     nothing listens") || !strings.Contains(out, "bad   redis ") {
		t.Errorf("exit code %d, %v, output:\n%s", code, err, out)
	}
	if code, _, err := runHere(t, append(args, "--ari-app", "no app")...); code != exitUsage {
		t.Errorf("a wrong configuration: exit code %d, %v", code, err)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func TestConclude(t *testing.T) {
	t.Parallel()
	bad := doctor.Finding{Check: "a", Grade: doctor.Bad}
	far := doctor.Finding{Check: "b", Grade: doctor.Bad, Unreachable: true}
	for name, test := range map[string]struct {
		checks []doctor.Finding
		code   int
		text   string
	}{
		"well":         {[]doctor.Finding{{Grade: doctor.Warn}, {Grade: doctor.Skip}}, exitDone, ""},
		"bad":          {[]doctor.Finding{bad, {Grade: doctor.OK}}, exitFailed, "1 of 2 checks is bad"},
		"out of reach": {[]doctor.Finding{bad, far}, exitUnreachable, "2 of 2 checks are bad"},
	} {
		err := conclude(test.checks)
		if code := exitCode(err); code != test.code || (err != nil && err.Error() != test.text) {
			t.Errorf("%s: exit code %d, %v", name, code, err)
		}
	}
}

func TestWriteFindings(t *testing.T) {
	t.Parallel()
	findings := []doctor.Finding{
		{Check: "app", Grade: doctor.Bad, Text: "nobody\x1b[2J", Type: []string{"type\x07this"}},
		{Check: "region", Grade: doctor.OK, Text: "fine", Type: []string{}},
	}
	want := "bad   app          nobody\\x1b[2J\n                   > type\\athis\nok    region       fine\n"
	var text bytes.Buffer
	if err := writeFindings(&text, layout{}, findings); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	text.Reset()
	if err := writeJSON(&text, findings); err != nil {
		t.Fatal(err)
	}
	var got []doctor.Finding
	if err := json.Unmarshal(text.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(findings, got); diff != "" || !strings.Contains(text.String(), `"commands": []`) {
		t.Errorf("%s\n(-want +got):\n%s", &text, diff)
	}
}
