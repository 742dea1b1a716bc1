package screen_test

import (
	"testing"

	"github.com/ringfence/ringfence/screen"
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
		{"own", "030 888100, +442071838750", "+4930888100,+442071838750"},
		{"own", "", ""},
	} {
		settings := screen.DefaultSettings()
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
		{"mode", "on", `setting mode: no choice "on": write enforce, observe`},
		{"colour", "red", `no setting "colour": choose one of mode, action, anonymous, repeat, message-sound, message-answer, message-limit, own`},
		{"message-answer", "maybe", `setting message-answer: no choice "maybe": write yes, no`},
		{"message-limit", "0", `setting message-limit: "0" is no time from 1s to 1m0s: write for example 10s`},
		{"message-sound", "ss-noservice", `setting message-sound: "ss-noservice" is no sound: write sound:NAME, where NAME is a file in Asterisk's sounds folder without its ending, or tone:NAME`},
	} {
		settings := screen.DefaultSettings()
		if err := settings.Set(test.name, test.text, ""); err == nil || err.Error() != test.want {
			t.Errorf("Set(%s, %q) = %v\nwant %s", test.name, test.text, err, test.want)
		}
	}
}
