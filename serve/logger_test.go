package serve

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/ringfence/ringfence/config"
)

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	newLogger(Output{Writer: &out}, config.Config{LogFormat: config.LogAuto, MaskCallers: true}).InfoContext(t.Context(), "call screened",
		slog.String("caller", "+4930123456"), slog.String("call", "1700000000.12"),
		slog.String("reason", "block +4930123456: spam"), slog.Duration("took", time.Millisecond))
	got := out.String()
	for _, want := range []string{`"caller":"+493012****"`, `"reason":"block +493012****: spam"`, `"call":"1700000000.12"`} {
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
