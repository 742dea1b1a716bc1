package doctor_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ringfence/ringfence/doctor"
	"github.com/ringfence/ringfence/store"
)

// sounds has the sounds of these names.
func sounds(names ...string) doctor.SoundEvidence {
	e := doctor.SoundEvidence{Folder: "/sounds", Names: map[string]bool{}}
	for _, name := range names {
		e.Names[name] = true
	}
	return e
}

func TestSettings(t *testing.T) {
	t.Parallel()
	settings := func(change func(*doctor.SettingsEvidence)) doctor.RedisEvidence {
		e := doctor.SettingsEvidence{Known: true, Sound: "sound:ss-noservice", DefaultSound: "sound:ss-noservice"}
		change(&e)
		return doctor.RedisEvidence{Settings: e}
	}
	sound := func(name string) doctor.RedisEvidence {
		return settings(func(s *doctor.SettingsEvidence) { s.Sound = name })
	}
	plays := settings(func(s *doctor.SettingsEvidence) { s.PlaysMessage = true })
	stars := settings(func(s *doctor.SettingsEvidence) { s.StarExtensions = []string{"999", "100", "foo"} })
	hundred := doctor.ConsoleEvidence{Endpoints: []doctor.Endpoint{{Name: "100"}}, Plan: doctor.OwnStarPlan()}
	queue := func(version, step string) doctor.Evidence {
		plan := doctor.OwnStarPlan()
		plan["in"] = doctor.Extensions{"_X.": {{App: step}}}
		return doctor.Evidence{Asterisk: doctor.AsteriskEvidence{Version: version}, Console: doctor.ConsoleEvidence{Plan: plan}}
	}
	const seventh, eighth = "Queue(support,,,,,,ringfence-answered)", "Queue(support,,,,,,,ringfence-answered)"

	for name, test := range map[string]struct {
		e     doctor.Evidence
		check string
		grade doctor.Grade
		text  string
		line  string
	}{
		"well":                      {doctor.Evidence{Redis: sound("sound:ss-noservice")}, "settings", doctor.OK, "work with this Asterisk", ""},
		"observe":                   {doctor.Evidence{Redis: settings(func(s *doctor.SettingsEvidence) { s.Observes = true })}, "mode", doctor.Warn, "no caller is refused", "ringfence settings set mode=enforce"},
		"a sound that is not there": {doctor.Evidence{Redis: sound("sound:mine"), Sounds: sounds("ss-noservice")}, "message", doctor.Warn, "no sound mine in /sounds", "ringfence settings reset message-sound"},
		"no sounds at all":          {doctor.Evidence{Redis: plays, Sounds: sounds()}, "message", doctor.Warn, "no sound ss-noservice", "ringfence settings set message-sound=tone:congestion"},
		"a sound that is there":     {doctor.Evidence{Redis: sound("sound:mine"), Sounds: sounds("mine")}, "settings", doctor.OK, "", ""},
		"sounds not known":          {doctor.Evidence{Redis: sound("sound:mine")}, "settings", doctor.OK, "", ""},
		"a default nobody hears":    {doctor.Evidence{Redis: sound("sound:ss-noservice"), Sounds: sounds()}, "settings", doctor.OK, "", ""},
		"a tone":                    {doctor.Evidence{Redis: sound("tone:busy"), Sounds: sounds()}, "settings", doctor.OK, "", ""},
		"unknown endpoints":         {doctor.Evidence{Redis: stars, Console: hundred}, "star-codes", doctor.Warn, "no PJSIP endpoint: 999, foo", "ringfence settings set star-extensions=100"},
		"endpoints not known":       {doctor.Evidence{Redis: stars, Console: doctor.ConsoleEvidence{Plan: doctor.OwnStarPlan()}}, "settings", doctor.OK, "", ""},
		"no star codes":             {doctor.Evidence{Redis: stars}, "star-codes", doctor.Warn, "the dialplan has no star codes", "ringfence asterisk-conf ringfence-star.conf | sudo install"},
		"no sounds for star codes": {
			doctor.Evidence{Redis: sound("tone:busy"), Console: hundred, Sounds: sounds("beep", "im-sorry", "added", "removed", "beeperr")},
			"star-codes", doctor.Warn, "no sound feature-not-avail-line, num-was-successfully, ", ` "dialplan set global RINGFENCE_SOUND_BLOCKED beep"`,
		},
		"a failing feed":           {doctor.Evidence{Redis: doctor.RedisEvidence{Fetches: []doctor.Fetch{{Kind: "feed", Name: "ftc", Failures: 3, Outcome: "404"}}}}, "feed", doctor.Warn, "the feed ftc has failed 3 times: 404", "ringfence feed run ftc"},
		"a failing calendar":       {doctor.Evidence{Redis: doctor.RedisEvidence{Fetches: []doctor.Fetch{{Kind: "calendar", Name: "https://x/y.ics", Failures: 1, Outcome: "gone"}}}}, "calendar", doctor.Warn, "failed once: gone", ""},
		"feeds that work":          {doctor.Evidence{Redis: doctor.RedisEvidence{Fetches: []doctor.Fetch{{Kind: "feed", Name: "ftc"}}}}, "feeds", doctor.OK, "are fetched", ""},
		"a macro's place":          {queue("20.10.0", seventh), "star-codes", doctor.Warn, "the subroutine is argument 8 of Queue()", "membergosub = ringfence-answered"},
		"a subroutine's place":     {queue("20.10.0", eighth), "star-codes", doctor.OK, "", ""},
		"a rule's place":           {queue("22.1.0", eighth), "star-codes", doctor.Warn, "the subroutine is argument 7 of Queue()", "membergosub = ringfence-answered"},
		"the place since 21":       {queue("21.0.0", seventh), "star-codes", doctor.OK, "", ""},
		"unreadable data":          {doctor.Evidence{Redis: doctor.RedisEvidence{Unreadable: []string{"cannot read a setting, key x"}}}, "redis-data", doctor.Warn, "cannot read a setting, key x", ""},
		"a damaged key":            {doctor.Evidence{Redis: doctor.RedisEvidence{Damages: []store.DamagedKey{{Key: "{r}:version", Holds: "holds a set rather than a text"}}}}, "redis-data", doctor.Bad, "the key {r}:version holds a set rather than a text", "renamenx '{r}:version' '{r}:version.damaged'"},
		"a trunk not trusted":      {doctor.Evidence{Console: doctor.ConsoleEvidence{Endpoints: []doctor.Endpoint{{Name: "t", Context: "in", LogsIn: true}}}}, "identity", doctor.OK, "trust_id_inbound=no", ""},
		"a second PBX not trusted": {doctor.Evidence{Console: doctor.ConsoleEvidence{Endpoints: []doctor.Endpoint{{Name: "pbx2", Context: "in", Known: true, SendsIdentity: true}}}}, "identity", doctor.Warn, "the endpoint pbx2 is sent identities", "trust_id_inbound = yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.e.Redis.Servers = []store.Server{{Version: "8"}}
			finding := want(t, doctor.Diagnose(test.e), test.check, test.grade, test.text)
			if test.line != "" && !slices.ContainsFunc(finding.Type, func(line string) bool { return strings.Contains(line, test.line) }) {
				t.Errorf("to type: %q", finding.Type)
			}
		})
	}
}

func TestReadSounds(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	for _, name := range []string{"sounds/plain.wav", "sounds/en/beep.gsm", "sounds/en_US_f_A/digits/1.gsm"} {
		path := filepath.Join(data, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	e := doctor.ReadSounds(data)
	for _, name := range []string{"plain", "beep", "digits/1"} {
		if !e.Names[name] {
			t.Errorf("%s is not found in %v", name, e.Names)
		}
	}
	for _, data := range []string{"", "/absent"} {
		if e := doctor.ReadSounds(data); e.Names != nil {
			t.Errorf("%q: %v", data, e.Names)
		}
	}
}
