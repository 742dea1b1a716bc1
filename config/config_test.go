package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseFile(t *testing.T) {
	file, err := parseFile("rf.yml", []byte(`---
# ours
region: NO
deadline: 250ms   # tight
ari-password: "0x10: #1"
embedded: true
instance: 007
state:
`))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]line{
		"region": {"NO", 3}, "deadline": {"250ms", 4}, "ari-password": {"0x10: #1", 5},
		"embedded": {"true", 6}, "instance": {"007", 7}, "state": {"", 8},
	}
	if diff := cmp.Diff(want, file.lines, cmp.AllowUnexported(line{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestParseFileWrong(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"unknown key", "regio: DE", `rf.yml:1: unknown key "regio", did you mean region?`},
		{"two unknown keys", "# x\nredis.adr: x\nfoo: 1", "rf.yml:2: unknown key \"redis.adr\", did you mean redis?\nrf.yml:3: unknown key \"foo\""},
		{"twice", "region: DE\nregion: AT", "rf.yml:2: region is already set in line 1"},
		{"a list", "region: [DE, AT]", "rf.yml:1: region takes one value, not a list or a section"},
		{"no keys", "- region", "rf.yml:1: expected lines like `region: DE`"},
		{"two documents", "region: DE\n---\nregion: AT", "rf.yml: has more than one YAML document, or is invalid at the end"},
		{"no YAML", "region: DE\nhttp: a: b", "rf.yml: line 2: mapping values are not allowed in this context"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := parseFile("rf.yml", []byte(test.text))
			if err == nil {
				t.Fatal("it is read")
			}
			if diff := cmp.Diff(test.want, err.Error()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	for _, text := range []string{"", "# nothing\n", "---\n"} {
		if file, err := parseFile("rf.yml", []byte(text)); err != nil || len(file.lines) != 0 {
			t.Errorf("%q: %v, %v", text, file, err)
		}
	}
}

func FuzzParseFile(f *testing.F) {
	f.Add("region: DE\nredis: x")
	f.Add("a: &a [*a]")
	f.Add("region: &r DE\ninstance: *r")
	f.Fuzz(func(t *testing.T, text string) {
		file, err := parseFile("rf.yml", []byte(text))
		if err != nil && len(file.lines) > len(Options()) {
			t.Errorf("%d lines", len(file.lines))
		}
	})
}

// Every default has to be a value that the option takes.
func TestDefaults(t *testing.T) {
	for _, o := range Options() {
		text := o.Default
		if o.Computed {
			text = o.compute(func(string) string { return "" })
		}
		if text == "" {
			continue
		}
		if err := o.set(&Config{}, text); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
}

func TestOptionsRefuse(t *testing.T) {
	for _, test := range []struct{ name, text string }{
		{"ari-url", "127.0.0.1:8088"},
		{"ari-url", "ftp://h/ari"},
		{"ari-url", "http://u:p@h/ari"},
		{"ari-url", ""},
		{"ari-username", ""},
		{"ari-app", ""},
		{"redis", "127.0.0.1:6379"},
		{"redis", "redis://:a b@h"},
		{"redis", "http://h"},
		{"redis-prefix", ""},
		{"region", "Germany"},
		{"http", "8090"},
		{"http", "127.0.0.1:99999"},
		{"http", "127.0.0.1:http"},
		{"deadline", "soon"},
		{"deadline", "2s"},
		{"deadline", "0s"},
		{"drain-timeout", "-1s"},
		{"embedded", "maybe"},
		{"log-format", "xml"},
		{"log-level", "loud"},
		{"mask-callers", "2"},
		{"notify-command", " "},
		{"notify-command", "/bin/echo 'x"},
		{"notify-command", "/bin/echo x | /bin/cat"},
		{"notify-command", "/no/such/program x"},
		{"notify-command", "no-such-program-anywhere"},
		{"notify-command", "/etc"},
		{"notify-webhook", "example.org/hook"},
		{"notify-webhook-secret", "hunter2"},
		{"notify-email", "ops at example.org"},
		{"notify-email", ""},
		{"notify-from", "a@example.org, b@example.org"},
		{"smtp", "127.0.0.1:25"},
		{"smtp", "smtp://anna@h:25"},
	} {
		for _, o := range Options() {
			if o.Name != test.name {
				continue
			}
			if err := o.set(&Config{}, test.text); err == nil {
				t.Errorf("%s takes %q", test.name, test.text)
			}
		}
	}
}

// A secret must not come back in an error or in what is shown.
func TestSecretsStayHidden(t *testing.T) {
	for _, o := range Options() {
		if o.secrecy == public {
			continue
		}
		for _, text := range []string{
			"hunter2", "redis://:hunter2@h:6379/0", "redis://:hunter2 x@h", "redis://u:hunter2@h:port", "://hunter2",
			"redis://:hunter2@h?addr=h:2", "redis://h?master_name=m&password=hunter2&addr=h:2", "redis://h?sentinel_password=hunter2",
			"redis://h?addr=hunter2@h:2", "redis://h?addr=h:2;password=hunter2", "redis://h?addr=h:2&hunter2",
			"https://hooks.example.org/hunter2?x=hunter2#hunter2", "https://u:hunter2@h/", "smtp://u:hunter2@h", "smtps://u:hunter2@h:1/x",
			"smtp://u:hunter2#x@h:25", "whsec_hunter2", "redis://u:1#hunter2@h", "redis://u:1?hunter2@h", "redis://u:1/hunter2@h:6379/0", "redis://u:1?a=hunter2@h",
		} {
			if err := o.set(&Config{}, text); err != nil && strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%s: the error %q shows the secret", o.Name, err)
			}
			if shown := o.Masked(text); strings.Contains(shown, "hunter2") {
				t.Errorf("%s: %q is shown", o.Name, shown)
			}
		}
	}
}

func TestWhatIsNoSecretIsShown(t *testing.T) {
	for text, want := range map[string]string{
		"redis://127.0.0.1:6379/0":                                         "redis://127.0.0.1:6379/0",
		"unix:///run/redis.sock?db=1":                                      "unix:///run/redis.sock?db=1",
		"redis://u:hunter2@h:1?addr=h:2&addr=h:3":                          "redis://u:xxxxx@h:1?addr=h:2&addr=h:3",
		"redis://h:1/0?master_name=m&username=u&password=hunter2&addr=h:2": "redis://h:1/0?master_name=m&username=u&password=xxxxx&addr=h:2",
	} {
		if got := maskedURL(text); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

func TestWebhooksAreShownByTheirServer(t *testing.T) {
	for text, want := range map[string]string{
		"https://hooks.example.org/T0/B0": "https://hooks.example.org/(secret)", "http://127.0.0.1:80": "http://127.0.0.1:80/(secret)",
	} {
		if got := maskedWebhook(text); got != want {
			t.Errorf("%s is shown as %s, want %s", text, got, want)
		}
	}
}

func TestStateFolder(t *testing.T) {
	for variable, want := range map[string]string{"/var/lib/ringfence": "/var/lib/ringfence", "/a:/b": "/a"} {
		getenv := func(string) string { return variable }
		if got := stateFolder(getenv); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	known := []string{"block", "allow", "remove", "list", "check"}
	for typed, want := range map[string]string{"blok": "block", "alow": "allow", "lsit": "list", "rm": "", "xyzzy": "", "": ""} {
		if got := nearest(typed, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", typed, got, want)
		}
	}
}
