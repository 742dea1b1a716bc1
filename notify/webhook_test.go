package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/notify"
)

const secretText = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func newWebhook(tb testing.TB, config notify.WebhookConfig) *notify.Webhook {
	tb.Helper()
	webhook, err := notify.NewWebhook(config)
	if err != nil {
		tb.Fatal(err)
	}
	return webhook
}

func TestAWebhookGetsTheEvents(t *testing.T) {
	secret, err := notify.ParseWebhookSecret(secretText)
	if err != nil {
		t.Fatal(err)
	}
	var header http.Header
	var body, path string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		header, body, path = r.Header, string(text), r.Method+" "+r.URL.String()
		w.WriteHeader(http.StatusNoContent)
	}))
	defer server.Close()
	webhook := newWebhook(t, notify.WebhookConfig{
		URL: server.URL + "/hook?key=1", Secret: secret, Version: "1.2.3", Now: func() time.Time { return day },
	})
	second := sample()
	second.ID = "1772388300000-1"
	if err := deliver(t.Context(), webhook, delivery(sample(), second)); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{"path": path}
	for _, name := range []string{"Content-Type", "User-Agent", "Webhook-Id", "Webhook-Timestamp"} {
		got[name] = header.Get(name)
	}
	want := map[string]string{
		"path": "POST /hook?key=1", "Content-Type": "application/json", "User-Agent": "ringfence/1.2.3",
		"Webhook-Id": "1772388300000-0_1772388300000-1", "Webhook-Timestamp": "1772388300",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(body, `{"version":1,"events":[{"id":"1772388300000-0",`) {
		t.Errorf("got %s", body)
	}
	if want := secret.Sign(want["Webhook-Id"], day, []byte(body)); header.Get("Webhook-Signature") != want {
		t.Errorf("signed %q, want %q", header.Get("Webhook-Signature"), want)
	}
}

// The example of the Standard Webhooks documents.
func TestSignature(t *testing.T) {
	secret, err := notify.ParseWebhookSecret(secretText)
	if err != nil {
		t.Fatal(err)
	}
	got := secret.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestInvalidWebhookSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"hunter2":                               "does not begin with whsec_",
		"whsec_hunter2!":                        "is not in base64",
		"whsec_aHVudGVyMg==":                    "has 7 bytes but needs 24 to 64",
		"whsec_" + strings.Repeat("QUFB", 22):   "has 66 bytes",
		secretText + "MfKQ9r8GKYqrTwjUPD8ILPZI": "",
	} {
		_, err := notify.ParseWebhookSecret(text)
		if (err == nil) != (want == "") || (err != nil && (!strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2"))) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestWebhookAnswers(t *testing.T) {
	for name, test := range map[string]struct {
		code   int
		header string
		want   string
		after  time.Duration
	}{
		"created":           {201, "", "", 0},
		"not modified":      {304, "", "the server answers 304 Not Modified", notify.RefusedPause},
		"bad request":       {400, "", "the server answers 400 Bad Request: no ?[31m good", notify.RefusedPause},
		"gone":              {410, "60", "the server answers 410 Gone", notify.RefusedPause},
		"timeout":           {408, "", "the server answers 408 Request Timeout", 0},
		"too many":          {429, "120", "the server answers 429 Too Many Requests", 2 * time.Minute},
		"too many for ever": {429, "999999", "the server answers 429 Too Many Requests", time.Hour},
		"too many, by date": {429, day.Add(3 * time.Minute).Format(http.TimeFormat), "the server answers 429 Too Many Requests", 3 * time.Minute},
		"too many, over":    {429, day.Add(-time.Minute).Format(http.TimeFormat), "the server answers 429 Too Many Requests", 0},
		"too many, strange": {429, "-5", "the server answers 429 Too Many Requests", 0},
		"down":              {503, "7", "the server answers 503 Service Unavailable", 7 * time.Second},
		"failing":           {500, "", "the server answers 500 Internal Server Error", 0},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if test.header != "" {
					w.Header().Set("Retry-After", test.header)
				}
				w.WriteHeader(test.code)
				if test.code != http.StatusNotModified {
					_, _ = io.WriteString(w, " no\r\n\x1b[31m good ")
				}
			}))
			defer server.Close()
			webhook := newWebhook(t, notify.WebhookConfig{URL: server.URL + "/secret", Now: func() time.Time { return day }})
			check(t, deliver(t.Context(), webhook, delivery(sample())), test.want, test.after)
		})
	}
}

// chat is a chat's webhook: it refuses JSON without a text, and says so.
func chat(w http.ResponseWriter, r *http.Request) {
	var message struct {
		Text string `json:"text"`
	}
	if err := json.NewDecoder(r.Body).Decode(&message); err != nil || message.Text == "" {
		http.Error(w, "no_text", http.StatusBadRequest)
		return
	}
	_, _ = io.WriteString(w, "got: "+message.Text)
}

func TestAChatTakesTheText(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(chat))
	defer server.Close()
	webhook := newWebhook(t, notify.WebhookConfig{URL: server.URL})
	second := sample()
	second.ID, second.Caller, second.To, second.Reason, second.Expires = "1772388300000-1", "+12025550100", "+4930888", "<!channel> @all\n\x1b[31m&", time.Time{}
	many := make([]notify.Event, 25)
	for i := range many {
		many[i] = sample()
	}
	for want, delivery := range map[string]notify.Delivery{
		"200 OK: got: This is a test of Ringfence: no caller was listed.":                                                               notify.Sample(day),
		"200 OK: got: Ringfence has listed +4930666200 until 2026-03-02 18:05 UTC: 5 calls in 5 minutes":                                delivery(sample()),
		"200 OK: got: Ringfence has listed +12025550100 for calls to +4930888 permanently: ?!channel? ?all ?[31m?":                      delivery(second),
		"200 OK: got: Ringfence has listed 25 callers: +4930666200 until 2026-03-02 18:05 UTC: 5 calls in 5 minutes +4930666200 until ": delivery(many...),
	} {
		got, err := webhook.Deliver(t.Context(), delivery)
		if err != nil || !strings.HasPrefix(got, want) || len(got) > 300 {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

// The text is never empty, and no event makes it long.
func TestEveryDeliveryHasAText(t *testing.T) {
	var text string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var message struct{ Text string }
		if err := json.NewDecoder(r.Body).Decode(&message); err != nil {
			t.Error(err)
		}
		text = message.Text
	}))
	defer server.Close()
	webhook := newWebhook(t, notify.WebhookConfig{URL: server.URL})
	rapid.Check(t, func(rt *rapid.T) {
		some := delivery(rapid.SliceOfN(rapid.Custom(func(t *rapid.T) notify.Event {
			return notify.Event{ID: "1-0", Time: day, Caller: rapid.String().Draw(t, "caller"), Reason: rapid.String().Draw(t, "reason"), To: rapid.String().Draw(t, "to")}
		}), 1, 30).Draw(rt, "events")...)
		if err := deliver(t.Context(), webhook, some); err != nil {
			rt.Fatal(err)
		}
		if text == "" || len([]rune(text)) > 25*700 || strings.ContainsAny(text, "<>&@\x1b\r") {
			rt.Errorf("got %q", text)
		}
	})
}

// What the server says is shown, but nothing of the URL, which is often a secret.
func TestTheAnswerHidesTheURL(t *testing.T) {
	const token = "T0PS3CRET/B0/xyzzy%20plugh"
	for name, answer := range map[string]string{
		"a path":           "No such hook: /services/" + token + "?key=Geheim99&x=1",
		"its parts":        `{"error":"\/services\/T0PS3CRET\/B0\/xyzzy plugh is gone","key":"geheim99"}`,
		"in small letters": "t0ps3cret XYZZY PLUGH",
		"a user":           "who is anna:hunter2? YW5uYTpodW50ZXIy",
		"a long page":      strings.Repeat("xyzzy%20plugh", 6000),
		"much":             strings.Repeat("a", 65530) + "T0PS3CRET",
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusNotFound)
				_, _ = io.WriteString(w, answer)
			}))
			defer server.Close()
			address := strings.Replace(server.URL, "http://", "http://anna:hunter2@", 1) + "/services/" + token + "?key=Geheim99&x=1#frag"
			err := deliver(t.Context(), newWebhook(t, notify.WebhookConfig{URL: address}), delivery(sample()))
			check(t, err, "the server answers 404 Not Found: ", notify.RefusedPause)
			for _, part := range []string{"t0ps3cret", "xyzz", "plugh", "geheim99", "hunter2", "yw5uytpodw50zxiy"} {
				if strings.Contains(strings.ToLower(err.Error()), part) {
					t.Errorf("%v shows %s", err, part)
				}
			}
			if len([]rune(err.Error())) > 300 {
				t.Errorf("%d characters are shown", len([]rune(err.Error())))
			}
		})
	}
}

// check compares an error and how long it asks to wait; "" is none.
func check(tb testing.TB, err error, want string, after time.Duration) {
	tb.Helper()
	if (err == nil) != (want == "") || (err != nil && !strings.Contains(err.Error(), want)) {
		tb.Errorf("got %v, want %q", err, want)
	}
	if got := notify.PauseAfter(err); got != after {
		tb.Errorf("a pause of %s, want %s", got, after)
	}
	if err != nil && strings.Contains(err.Error(), "secret") {
		tb.Errorf("%v shows a secret", err)
	}
}

func TestWebhookRedirects(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another server is asked") }))
	defer elsewhere.Close()
	taken := 0
	mux := http.NewServeMux()
	mux.HandleFunc("POST /new", func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); len(body) > 0 {
			taken++
		}
	})
	for path, to := range map[string]struct {
		address string
		code    int
	}{
		"/moved": {"/new", http.StatusPermanentRedirect}, "/found": {"/new", http.StatusFound},
		"/round": {"/round", http.StatusTemporaryRedirect}, "/away": {elsewhere.URL + "/secret", http.StatusTemporaryRedirect},
	} {
		mux.Handle(path, http.RedirectHandler(to.address, to.code))
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	for path, want := range map[string]string{
		"/moved": "", "/found": "would lose the events", "/round": "more than 3 times", "/away": "redirects to another host, " + elsewhere.URL + ":",
	} {
		after := notify.RefusedPause
		if want == "" {
			after = 0
		}
		check(t, deliver(t.Context(), newWebhook(t, notify.WebhookConfig{URL: server.URL + path}), delivery(sample())), want, after)
	}
	if taken != 1 {
		t.Errorf("%d deliveries were taken", taken)
	}
}

func TestAnUnreachableWebhook(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := "http://" + listener.Addr().String()
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	check(t, deliver(t.Context(), newWebhook(t, notify.WebhookConfig{URL: refused + "/secret"}), delivery(sample())), "connection refused", 0)

	hold := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hold }))
	defer slow.Close()
	defer close(hold)
	check(t, deliver(t.Context(), newWebhook(t, notify.WebhookConfig{URL: slow.URL + "/secret", Timeout: 50 * time.Millisecond}), delivery(sample())),
		"no answer within 50ms", 0)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	check(t, deliver(ctx, newWebhook(t, notify.WebhookConfig{URL: slow.URL + "/secret"}), delivery(sample())), "context canceled", 0)

	dies := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}))
	defer dies.Close()
	check(t, deliver(t.Context(), newWebhook(t, notify.WebhookConfig{URL: dies.URL + "/secret"}), delivery(sample())), "the server closes the connection without an answer: EOF", 0)
}

func TestWebhookURLs(t *testing.T) {
	for text, ok := range map[string]bool{
		"https://example.org/hook?a=b": true, "http://127.0.0.1:8080": true, "example.org/hunter2": false, "https:///hunter2": false,
		"ftp://example.org/hunter2": false, "https://hunter2 x/": false, "": false, "https://:443/hunter2": false,
	} {
		err := notify.CheckWebhookURL(text)
		if (err == nil) != ok || (err != nil && strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if got := newWebhook(t, notify.WebhookConfig{URL: "https://u:p@hooks.example.org/T0/B0?x=y"}).Target(); got != "https://hooks.example.org" {
		t.Errorf("shown as %s", got)
	}
}

// No error shows a secret.
func TestSecretsAreNotShown(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.SampledFrom([]string{"", "http://", "smtp://", "smtps://u:", "whsec_", "https://h:1/"}).Draw(t, "begin") + "XYZZY" +
			rapid.StringOf(rapid.SampledFrom([]rune("a1:/@?#%[]= \x00ü"))).Draw(t, "text")
		_, secretErr := notify.ParseWebhookSecret(text)
		relay, relayErr := notify.ParseRelay(text)
		for _, err := range []error{secretErr, relayErr, notify.CheckWebhookURL(text)} {
			if err != nil && strings.Contains(err.Error(), "XYZZY") {
				t.Errorf("%q: %v shows it", text, err)
			}
		}
		if relayErr == nil && (relay.Host == "" || relay.Port == 0 || (relay.User == "") != (relay.Password == "")) {
			t.Errorf("%q is read as %+v", text, relay)
		}
	})
}
