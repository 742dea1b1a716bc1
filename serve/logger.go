package serve

import (
	"io"
	"log/slog"
	"regexp"
	"time"

	"github.com/lmittmann/tint"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

// Output is where the service writes its log.
type Output struct {
	io.Writer
	// Terminal says that it is a terminal, Colours that it shows colours.
	Terminal, Colours bool
}

// newLogger returns the program's own log.
func newLogger(out Output, c config.Config) *slog.Logger {
	asText := c.LogFormat == config.LogText || (c.LogFormat == config.LogAuto && out.Terminal)
	var replace func([]string, slog.Attr) slog.Attr
	if c.MaskCallers {
		replace = maskCallers
	}
	if !asText {
		return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: c.LogLevel, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
			if replace != nil {
				a = replace(groups, a)
			}
			return inMilliseconds(a)
		}}))
	}
	return slog.New(tint.NewTextHandler(out, &tint.Options{
		Level: c.LogLevel, ReplaceAttr: replace, TimeFormat: time.TimeOnly,
		NoColor: !out.Colours,
	}))
}

// inMilliseconds gives a duration a unit in its name: JSON would have nanoseconds
// without one.
func inMilliseconds(a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindDuration {
		return a
	}
	return slog.Float64(a.Key+"_ms", app.Milliseconds(a.Value.Duration()))
}

// takeGoLog lets Go's own packages write to the log: they use the standard logger,
// such as net/http when an idle connection gets an answer.
func takeGoLog(log *slog.Logger) {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	slog.SetDefault(log)
}

var (
	// callerNumber is a number with digits to hide; the first group remains.
	callerNumber = regexp.MustCompile(`(\+?\d{2,}?)\d{1,4}(\D|$)`)
	// longNumber is one in a text that also holds ports, years and counts.
	longNumber = regexp.MustCompile(`(\+\d{2,}?|\d{3,}?)\d{4}(\D|$)`)
)

// maskCallers hides the last digits in what a log says about callers. Errors quote
// them too, and so does the key of a damaged entry.
func maskCallers(_ []string, a slog.Attr) slog.Attr {
	hidden := longNumber
	switch a.Key {
	case slog.TimeKey, slog.LevelKey, slog.MessageKey, "call", "channel", "id", "version", "redis", "http", "url", "endpoint", "stack":
		return a
	case "caller", "rule", "reason", "line":
		hidden = callerNumber
	}
	switch a.Value.Kind() {
	case slog.KindString, slog.KindAny:
		return slog.String(a.Key, hidden.ReplaceAllString(a.Value.String(), "${1}****${2}"))
	default:
		return a
	}
}
