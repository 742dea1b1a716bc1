package policy_test

import (
	"testing"

	"github.com/ringfence/ringfence/policy"
)

func TestSettings_Set(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"mode", "observe", "observe"},
		{"action", "busy", "busy"},
		{"anonymous", "refuse", "refuse"},
		{"anonymous", "not-found", "not-found"},
		{"message-sound", "tone:busy", "tone:busy"},
		{"message-answer", "yes", "yes"},
		{"message-limit", "90s", ""},
		{"message-limit", "1m", "1m0s"},
		{"message-limit", "30 seconds", "30s"},
		{"log-age", "1\u202fyear", "365d"},
		{"own", "030 888100, +442071838750", "+4930888100,+442071838750"},
		{"own", "", ""},
		{"own", "030 231250*, _4930999XX,+4420*,100,2*", "+4930231250*,+4930999*,+4420*,100,2*"},
		{"own", "030 231250*, _4930999XX,+4420*,_2XX,,", "+4930231250*,+4930999*,+4420*,2*"},
		{"own", "_XXX", ""},
		{"own", "*", ""},
		{"own", "23125*", ""},
		{"own", "+4930888100 +4930888101", ""},
		{"star-extensions", "100, PJSIP/front-desk,,100", "100,front-desk"},
		{"star-extensions", "", ""},
		{"star-extensions", "*", ""},
		{"star-extensions", "a b", ""},
		{"star-extensions", "Local/1@x", ""},
		{"log-count", "1000", "1000"},
		{"log-count", "10000000", "10000000"},
		{"log-count", "999", ""},
		{"log-count", "10000001", ""},
		{"log-count", "1e5", ""},
		{"log-age", "2w", "14d"},
		{"log-age", "1m", "1m"},
		{"log-age", "0", "0"},
		{"log-age", "59s", ""},
		{"log-age", "0d", ""},
	} {
		settings := policy.DefaultSettings()
		err := settings.Set(test.name, test.text, "DE")
		if err != nil {
			if test.want != "" {
				t.Errorf("Set(%s, %q): %v", test.name, test.text, err)
			}
			continue
		}
		for _, setting := range settings.List() {
			if setting.Name == test.name && setting.Value != test.want {
				t.Errorf("Set(%s, %q) gives %q, want %q", test.name, test.text, setting.Value, test.want)
			}
		}
	}
}

func TestSettings_Set_SaysWhatToType(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"mode", "on", `setting mode: invalid value "on": choose enforce, observe`},
		{"colour", "red", `unknown setting "colour": choose one of mode, action, anonymous, repeat, message-sound, message-answer, message-limit, own, star-extensions, log-count, log-age`},
		{"message-answer", "maybe", `setting message-answer: invalid value "maybe": choose yes, no`},
		{"message-limit", "0", `setting message-limit: invalid time "0": use 1s to 1m0s, for example 10s`},
		{"star-extensions", "100,*", `setting star-extensions: * is not possible, since a trunk is an endpoint too: name each telephone, for example 100,101`},
		{"star-extensions", "SIP/100", `setting star-extensions: invalid endpoint "SIP/100": use names from pjsip.conf, for example 100,front-desk`},
		{"log-count", "many", `setting log-count: invalid number "many": use 1000 to 10000000`},
		{"log-age", "a year", `setting log-age: invalid duration "a year": use for example 90m, 24h, 7d, 2 weeks, 1y or 1d12h, or 0 for no limit`},
		{"log-age", "1s", `setting log-age: invalid duration "1s": use at least 1m, or 0 for no limit`},
		{"message-sound", "ss-noservice", `setting message-sound: invalid sound "ss-noservice": use sound:NAME, where NAME is a file below Asterisk's sounds folder without its extension, or tone:NAME`},
	} {
		settings := policy.DefaultSettings()
		if err := settings.Set(test.name, test.text, ""); err == nil || err.Error() != test.want {
			t.Errorf("Set(%s, %q) = %v\nwant %s", test.name, test.text, err, test.want)
		}
	}
}

// Ensure no setting makes Asterisk play a file outside its sounds folder, such as a
// recording, or fetch an address.
func TestSettings_Set_MessageSound(t *testing.T) {
	t.Parallel()
	for text, valid := range map[string]bool{
		"sound:ss-noservice": true, "sound:custom/closed_2026": true, "sound:digits/1": true, "sound:en/v1.2/closed": true,
		"tone:busy": true, "tone:480+620/500,0/500;tonezone=us": true,
		"sound:/tmp/secret": false, "sound:../../spool/voicemail/msg0000": false, "sound:custom/../../secret": false, "sound:..": false,
		"sound:a/..": false, "sound:a//b": false, "sound:a/": false, "sound:http://127.0.0.1/x.wav": false, "sound:x,y": false, "sound:a b": false,
		"sound:\x00": false, "sound:": false, "recording:x": false, "file:/tmp/x": false, "sound:.hidden": false, `sound:a\..\b`: false,
	} {
		settings := policy.DefaultSettings()
		if err := settings.Set("message-sound", text, ""); (err == nil) != valid {
			t.Errorf("Set(message-sound, %q) = %v, want valid = %t", text, err, valid)
		}
	}
}
