package serve

import (
	"io"
	"log/slog"
	"regexp"
	"time"

	"github.com/lmittmann/tint"

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
		return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: c.LogLevel, ReplaceAttr: replace}))
	}
	return slog.New(tint.NewTextHandler(out, &tint.Options{
		Level: c.LogLevel, ReplaceAttr: replace, TimeFormat: time.TimeOnly,
		NoColor: !out.Colours,
	}))
}

// shownNumber is a number with digits to hide; the first group remains.
var shownNumber = regexp.MustCompile(`(\+?\d{2,}?)\d{1,4}\b`)

// maskCallers hides the last digits in what a log says about callers.
func maskCallers(_ []string, a slog.Attr) slog.Attr {
	switch a.Key {
	case "caller", "rule", "reason":
		return slog.String(a.Key, shownNumber.ReplaceAllString(a.Value.String(), "${1}****"))
	default:
		return a
	}
}
