package cli

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/ringfence/ringfence/web"
)

// runHere runs the program in this process: once at a time, for cli writes to a
// global flag of its own.
func runHere(t *testing.T, args ...string) (code int, out string, err error) {
	t.Helper()
	var text, words bytes.Buffer
	p := &program{
		in: strings.NewReader(""), out: &text, err: &words,
		environ: func() []string { return nil }, now: time.Now, configFile: t.TempDir() + "/absent.yml",
	}
	err = p.run(t.Context(), append([]string{"ringfence"}, args...))
	return exitCode(err), text.String(), err
}

func TestHealth(t *testing.T) {
	for name, test := range map[string]struct {
		asterisk, redis bool
		code            int
		out             string
	}{
		"ready":    {true, true, exitDone, "ready\nok   asterisk  a word\nok   redis     another\n"},
		"degraded": {true, false, exitDone, "degraded\nok   asterisk  a word\nbad  redis     another\n"},
		"down":     {false, true, exitFailed, "down\nbad  asterisk  a word\nok   redis     another\n"},
	} {
		t.Run(name, func(t *testing.T) {
			current := func() web.Health {
				return web.Summarize([]web.Part{{Name: web.PartAsterisk, OK: test.asterisk, State: "a word", Vital: true}, {Name: web.PartRedis, OK: test.redis, State: "another"}})
			}
			server := httptest.NewServer(web.NewHandler(current, prometheus.NewRegistry(), time.Now))
			defer server.Close()
			address := strings.TrimPrefix(server.URL, "http://")
			code, out, err := runHere(t, "health", "--http", address)
			if code != test.code || out != test.out {
				t.Errorf("exit code %d, %v, output:\n%s", code, err, out)
			}
			_, out, _ = runHere(t, "health", "--output", "json", "--http", address)
			if !strings.Contains(out, `"status": "`+name+`"`) {
				t.Errorf("JSON:\n%s", out)
			}
		})
	}
}

func TestHealthWithoutAnAnswer(t *testing.T) {
	stranger := httptest.NewServer(http.NotFoundHandler())
	defer stranger.Close()
	release := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer slow.Close()
	defer close(release)
	for name, test := range map[string]struct {
		args []string
		code int
		text string
	}{
		"nobody":      {[]string{"--http", freeAddress(t)}, exitUnreachable, "ringfence serve does not answer"},
		"too late":    {[]string{"--timeout", "20ms", "--http", strings.TrimPrefix(slow.URL, "http://")}, exitUnreachable, "ringfence serve does not answer"},
		"a stranger":  {[]string{"--http", strings.TrimPrefix(stranger.URL, "http://")}, exitFailed, "does not belong to ringfence serve"},
		"no time":     {[]string{"--timeout", "0s"}, exitUsage, "--timeout"},
		"an argument": {[]string{"now"}, exitUsage, "unexpected"},
	} {
		if code, out, err := runHere(t, append([]string{"health"}, test.args...)...); code != test.code || out != "" || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%s: exit code %d, %v, output %q", name, code, err, out)
		}
	}
}

func TestDialable(t *testing.T) {
	t.Parallel()
	for listening, want := range map[string]string{
		"127.0.0.1:8090": "127.0.0.1:8090",
		"0.0.0.0:8090":   "127.0.0.1:8090",
		"[::]:8090":      "127.0.0.1:8090",
		":8090":          "127.0.0.1:8090",
		"pbx:8090":       "pbx:8090",
		"[::1]:8090":     "[::1]:8090",
	} {
		if got := dialable(listening); got != want {
			t.Errorf("%s: %s, want %s", listening, got, want)
		}
	}
}
