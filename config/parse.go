package config

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

func filled(into *string, text string) error {
	if text == "" {
		return errors.New("is empty: set a value or remove it")
	}
	*into = text
	return nil
}

func parseARIURL(text string) (string, error) {
	parsed, err := url.Parse(text)
	if err != nil || parsed.Host == "" || (parsed.Scheme != "http" && parsed.Scheme != "https") {
		return "", fmt.Errorf("invalid ARI URL %q: use for example http://127.0.0.1:8088/ari", text)
	}
	if parsed.User != nil {
		return "", errors.New("the ARI URL has a user: use ari-username and ari-password instead")
	}
	return strings.TrimRight(text, "/"), nil
}

// parseRedisURL never shows the text in an error: it may have a password.
func parseRedisURL(into *string, text string) error {
	parsed, err := url.Parse(text)
	if err != nil || !slices.Contains([]string{"redis", "rediss", "unix"}, parsed.Scheme) {
		return errors.New("invalid Redis URL: use for example redis://127.0.0.1:6379/0, a password with %XX for special characters")
	}
	*into = text
	return nil
}

func parseAddress(into *string, text string) error {
	_, port, err := net.SplitHostPort(text)
	if number, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil || number > 65535 {
		return fmt.Errorf("invalid address %q: use HOST:PORT, for example 127.0.0.1:8090", text)
	}
	*into = text
	return nil
}

func parseTime(into *time.Duration, text string, least, most time.Duration) error {
	value, err := time.ParseDuration(text)
	if err != nil || value < least || value > most {
		return fmt.Errorf("invalid time %q: use %s to %s, for example %s", text, least, most, min(most, 500*time.Millisecond))
	}
	*into = value
	return nil
}

func parseSwitch(into *bool, text string) (err error) {
	if *into, err = strconv.ParseBool(text); err != nil {
		return fmt.Errorf("invalid value %q: use true or false", text)
	}
	return nil
}

// LogFormat is how the program's own log is written.
type LogFormat string

// The formats of the log.
const (
	LogAuto LogFormat = "auto"
	LogJSON LogFormat = "json"
	LogText LogFormat = "text"
)

func parseLogFormat(text string) (LogFormat, error) {
	switch format := LogFormat(text); format {
	case LogAuto, LogJSON, LogText:
		return format, nil
	}
	return "", fmt.Errorf("invalid format %q: use auto, json or text", text)
}

func logLevels() map[string]slog.Level {
	return map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	}
}

func parseLogLevel(into *slog.Level, text string) error {
	level, known := logLevels()[text]
	if !known {
		return fmt.Errorf("invalid level %q: use debug, info, warn or error", text)
	}
	*into = level
	return nil
}
