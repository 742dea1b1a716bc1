package doctor_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/retry"
	"github.com/ringfence/ringfence/store"
)

// The states of Redis in which the doctor says what to do about the URL.
func troubles() map[string]doctor.RedisEvidence {
	return map[string]doctor.RedisEvidence{
		"a node of a cluster": {Setup: store.Alone, Servers: []store.Server{{Version: "8", Clustered: true}}},
		"a replica":           {Setup: store.Alone, Servers: []store.Server{{Version: "8", Replica: true, Primary: "p:7"}}, Problem: errors.New("READONLY")},
		"no password":         {Problem: errors.New("it asks for a password: write it into the URL, redis://:PASSWORD@HOST:PORT, and more")},
		"a node that moved":   {Problem: errors.New("name a second one in the URL, redis://h:1?addr=h2:2")},
		"a sentinel":          {Problem: errors.New("redis://h:1/0?master_name=mymaster&addr=HOST2:26379")},
		"another problem":     {Problem: errors.New("it refuses the password")},
		"unreachable":         {Problem: fmt.Errorf("gone: %w", retry.ErrUnreachable)},
		"no rights":           {Trial: store.Trial{User: "u", Missing: []string{"+get"}}, Settings: doctor.SettingsEvidence{Known: true, Observes: true}},
		"no memory":           {Servers: []store.Server{{Version: "8", Address: "h:2", EvictionPolicy: "allkeys-lru", MaxMemory: 1}}},
	}
}

// Only what is wrong in the URL is changed. In a file that holds a password, it is
// changed by hand.
func TestChangeOfTheRedisURL(t *testing.T) {
	t.Parallel()
	const line, secretFile = "/etc/r/r.yml:3: redis", "RINGFENCE_REDIS_FILE (/run/s)"
	sed := func(text string) string { return "sudo sed -i '3s|.*|redis: " + text + "|' /etc/r/r.yml" }
	for _, test := range []struct {
		trouble, url string
		origin       doctor.Origin
		line, words  string
	}{
		{"a node of a cluster", "rediss://u:SECRET@h:6379/3", line, "", "add addr=HOST2:PORT to"},
		{"a node of a cluster", "rediss://u:SECRET@h:6379/3", secretFile, "", "write it into /run/s, and restart ringfence serve: add addr=HOST2:PORT to"},
		{"a node of a cluster", "rediss://u:SECRET@h:6379/3", "--redis", "ringfence doctor --redis 'rediss://u:PASSWORD@h:6379?addr=HOST2:PORT'", ""},
		{"a node of a cluster", "rediss://h:6379?protocol=3", line, sed("rediss://h:6379?protocol=3\\&addr=HOST2:PORT"), ""},
		{"a node of a cluster", "unix:///run/r.sock?db=0", "RINGFENCE_REDIS", "export RINGFENCE_REDIS='redis://HOST:PORT/0?addr=HOST2:PORT'", ""},
		{"a replica", "rediss://u:SECRET@h:6379/3", line, "", "write p:7 in place of the host and the port"},
		{"a replica", "rediss://u:SECRET@h:6379/3", "RINGFENCE_REDIS", "export RINGFENCE_REDIS=rediss://u:PASSWORD@p:7/3", ""},
		{"a replica", "rediss://u@h/3?protocol=3", line, sed("rediss://u@p:7/3?protocol=3"), ""},
		{"a replica", "unix:///run/r.sock?db=2", line, sed("redis://p:7/2"), ""},
		{"no password", "rediss://u@h:6379/3", line, sed("rediss://u:PASSWORD@h:6379/3"), ""},
		{"no password", "rediss://u:SECRET@h:6379/3", line, "", "correct the URL, as in redis://:PASSWORD@HOST:PORT"},
		{"a node that moved", "rediss://h:1/0", line, sed("rediss://h:1/0?addr=h2:2"), ""},
		{"a sentinel", "rediss://h:1/4", line, sed("rediss://h:1/4?master_name=mymaster\\&addr=HOST2:26379"), ""},
		{"another problem", "redis://h?master_name=m&password=SECRET&addr=g:2", "--redis", "ringfence doctor --redis 'redis://h?master_name=m&password=PASSWORD&addr=g:2'", ""},
		{"another problem", "redis://h:1/0", line, "", ""},
	} {
		e := doctor.Evidence{Redis: troubles()[test.trouble]}
		e.Target = doctor.Target{Redis: test.url, Options: map[string]doctor.Origin{"redis": test.origin}}
		finding := want(t, doctor.Diagnose(e), "redis", doctor.Bad, test.words)
		if diff := cmp.Diff(test.line, strings.Join(finding.Type, "\n")); diff != "" {
			t.Errorf("%s of %s (-want +got):\n%s", test.trouble, test.url, diff)
		}
	}
}

// No finding shows a password, wherever it is in the URL and whatever its characters
// do to the rest of it.
func TestNoPasswordIsShown(t *testing.T) {
	t.Parallel()
	const canary = "CANARY"
	junk := rapid.StringOfN(rapid.RuneFrom([]rune("@:/?#;%&=. x1|'")), 0, 4, -1)
	rapid.Check(t, func(rt *rapid.T) {
		password := junk.Draw(rt, "before") + canary + junk.Draw(rt, "after")
		if rapid.Bool().Draw(rt, "escaped") {
			password = url.QueryEscape(password)
		}
		form := rapid.SampledFrom([]string{
			"redis://u:%s@h:6379/3", "rediss://:%s@h", "redis://:%s@h?addr=g:1", "unix://u:%s@/run/r.sock?db=1",
			"redis://h:1/0?master_name=m&password=%s", "redis://u:x@h?master_name=m&username=v&password=%s&addr=g:2",
			"redis://h?sentinel_password=%s", "redis://h?passwd=%s", "u:%s@h", "redis:%s@h", "http://u:%s@h", "%s",
		}).Draw(rt, "form")
		origin := rapid.SampledFrom([]doctor.Origin{
			"--redis", "RINGFENCE_REDIS", "RINGFENCE_REDIS_FILE (/run/s)", "/etc/r.yml:3: redis", "default", "",
		}).Draw(rt, "origin")
		for name, trouble := range troubles() {
			e := doctor.Evidence{Redis: trouble}
			e.Target = doctor.Target{
				Redis: fmt.Sprintf(form, password), ConfigFile: "/etc/r.yml", Typed: []string{"redis"},
				Options: map[string]doctor.Origin{"redis": origin},
			}
			text, err := json.Marshal(doctor.Diagnose(e))
			if err != nil {
				rt.Fatal(err)
			}
			if strings.Contains(string(text), canary) {
				rt.Fatalf("%s: %s is shown in %s", name, e.Target.Redis, text)
			}
		}
	})
}
