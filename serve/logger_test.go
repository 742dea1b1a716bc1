package serve

import (
	"bytes"
	"context"
	"errors"
	"log" //nolint:depguard // it is what Go's own packages write to
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ringfence/ringfence/config"
)

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	newLogger(Output{Writer: &out}, config.Config{LogFormat: config.LogAuto, MaskCallers: true}).InfoContext(t.Context(), "call screened",
		slog.String("caller", "+4930123456"), slog.String("call", "1700000000.12"),
		slog.String("reason", "block +4930123456: spam"), slog.Duration("took", 570_531*time.Nanosecond))
	got := out.String()
	for _, want := range []string{`"caller":"+493012****"`, `"reason":"block +493012****: spam"`, `"call":"1700000000.12"`, `"took_ms":0.571`} {
		if !strings.Contains(got, want) {
			t.Errorf("%s lacks %s", got, want)
		}
	}
	out.Reset()
	newLogger(Output{Writer: &out}, config.Config{LogFormat: config.LogText, LogLevel: slog.LevelWarn}).InfoContext(t.Context(), "quiet")
	if out.Len() > 0 {
		t.Errorf("the level is ignored: %s", out.String())
	}
}

// Ensure lines of Go's own packages are lines of the log.
func TestTakeGoLog(t *testing.T) { //nolint:paralleltest // the standard logger is one for all
	before := slog.Default()
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(os.Stderr)
		log.SetFlags(log.LstdFlags)
	})
	var out bytes.Buffer
	takeGoLog(newLogger(Output{Writer: &out}, config.Config{}))
	log.Print("Unsolicited response received on idle HTTP channel")
	if got := out.String(); !strings.Contains(got, `"level":"WARN","msg":"Unsolicited response received on idle HTTP channel"`) {
		t.Errorf("the log says %q", got)
	}
}

// Ensure no attribute shows the last digits of a caller, whatever stands around the
// number.
func TestLogger_MasksCallersEverywhere(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.StringMatching(`\+[1-9][0-9]{7,14}`).Draw(t, "number")
		around := rapid.SampledFrom([]string{"", "x", "_", "ticket_", " ", ":", "{ringfence}:", "(", "\"", "ü"})
		text := around.Draw(t, "before") + number + around.Draw(t, "after")
		var attr slog.Attr
		switch key := rapid.SampledFrom([]string{"caller", "rule", "reason", "line", "key", "error", "degraded", "problem", "cause", "dialled"}).Draw(t, "key"); key {
		case "error":
			attr = slog.Any(key, errors.New("read the list: "+text))
		default:
			attr = slog.String(key, text)
		}
		var out bytes.Buffer
		newLogger(Output{Writer: &out}, config.Config{MaskCallers: true}).LogAttrs(context.Background(), slog.LevelInfo, "test", attr)
		if strings.Contains(out.String(), number[len(number)-4:]+`"`) || strings.Contains(out.String(), number) {
			t.Errorf("%s shows %s", out.String(), number)
		}
	})
}

// Ensure masking leaves what is no caller.
func TestLogger_MasksNothingElse(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	newLogger(Output{Writer: &out}, config.Config{MaskCallers: true}).Info("test",
		slog.Any("error", errors.New("dial tcp 127.0.0.1:6379: connection refused")), slog.String("call", "1700000000.12"), slog.String("redis", "10.0.0.1:26379"))
	for _, want := range []string{"127.0.0.1:6379", "1700000000.12", "10.0.0.1:26379"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s lacks %s", out.String(), want)
		}
	}
}
