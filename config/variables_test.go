package config

import (
	"errors"
	"strings"
	"testing"
)

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	for variable, want := range map[string]string{
		"RINGFENCE_REGOIN=DE":            "unknown variable RINGFENCE_REGOIN, did you mean RINGFENCE_REGION?",
		"RINGFENCE_REDISS=x":             "unknown variable RINGFENCE_REDISS, did you mean RINGFENCE_REDIS?",
		"RINGFENCE_REDIS_URL=x":          "unknown variable RINGFENCE_REDIS_URL, did you mean RINGFENCE_REDIS?",
		"RINGFENCE_ARIPASSWORD=x":        "unknown variable RINGFENCE_ARIPASSWORD, did you mean RINGFENCE_ARI_PASSWORD?",
		"RINGFENCE_REGION_FILE=x":        "unknown variable RINGFENCE_REGION_FILE, did you mean RINGFENCE_REGION?",
		"RINGFENCE_=x":                   "unknown variable RINGFENCE_",
		"RINGFENCE_XYZZY=":               "unknown variable RINGFENCE_XYZZY",
		"RINGFENCE_PORT=8090":            "unknown variable RINGFENCE_PORT",
		"ringfence_region=DE":            "",
		"RINGFENCE_REGION=DE":            "",
		"RINGFENCE_REDIS_FILE=":          "",
		"RINGFENCE_CONFIG=":              "",
		"RINGFENCE_LAB_ASTERISK=/x":      "",
		"RINGFENCE_TAG=v1":               "",
		"RINGFENCE_SIP_PORT=5060":        "",
		"RINGFENCE_DEMO_SIP=x":           "",
		"RINGFENCE_SERVICE_HOST=10.0":    "",
		"RINGFENCE_SERVICE_PORT=8":       "",
		"RINGFENCE_SERVICE_PORT_HTTP=8":  "",
		"RINGFENCE_PORT=tcp://10.0.0.1":  "",
		"RINGFENCE_PORT_8090_TCP_ADDR=1": "",
		"RINGFENCE_REDIS_SERVICE_HOST=1": "",
		"RINGFENCE_REDIS_PORT=tcp://1:6": "",
		"RINGFENCE_REDIS_PORT_6379_TCP=": "",
		"PATH=/bin":                      "",
	} {
		err := errors.Join(Sources{Environ: []string{variable}}.unknownVariables()...)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want && (want != "unknown variable RINGFENCE_" || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: got %q, want %q", variable, got, want)
		}
	}
}
