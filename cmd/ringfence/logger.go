package main

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"regexp"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// logFormat is how the program's own log is written.
type logFormat string

const (
	logAuto logFormat = "auto"
	logJSON logFormat = "json"
	logText logFormat = "text"
)

func parseLogFormat(text string) (logFormat, error) {
	switch format := logFormat(text); format {
	case logAuto, logJSON, logText:
		return format, nil
	}
	return "", fmt.Errorf("no format %q: write auto, json or text", text)
}

func logLevels() map[string]slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
}

func parseLogLevel(into *slog.Level, text string) error {
	level, known := logLevels()[text]
	if !known {
		return fmt.Errorf("no level %q: write debug, info, warn or error", text)
	}
	*into = level
	return nil
}

// logger returns the program's own log, on stderr.
func (p *program) logger(c config) *slog.Logger {
	asText := c.LogFormat == logText || (c.LogFormat == logAuto && isTerminal(p.err))
	var replace func([]string, slog.Attr) slog.Attr
	if c.MaskCallers {
		replace = maskCallers
	}
	if !asText {
		return slog.New(slog.NewJSONHandler(p.err, &slog.HandlerOptions{Level: c.LogLevel, ReplaceAttr: replace}))
	}
	return slog.New(tint.NewTextHandler(p.err, &tint.Options{
		Level: c.LogLevel, ReplaceAttr: replace, TimeFormat: time.TimeOnly,
		NoColor: p.getenv("NO_COLOR") != "" || !isTerminal(p.err),
	}))
}

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// shownNumber is a number of which enough is left to hide: the first group
// is what stays.
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
