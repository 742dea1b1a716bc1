package lab

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// asteriskFolders are the folders of one running Asterisk, below its own.
var asteriskFolders = map[string]string{
	"astetcdir":    "etc",
	"astrundir":    "run",
	"astlogdir":    "log",
	"astdbdir":     "db",
	"astspooldir":  "spool",
	"astvarlibdir": "lib",
	"astcachedir":  "cache",
	"astkeydir":    "keys",
	"astagidir":    "agi",
}

// quietFiles are configuration files that the small PBX does without, and
// whose absence Asterisk would complain about.
var quietFiles = []string{
	"acl", "ccss", "cel", "features", "manager", "pjproject", "queuerules", "udptl", "websocket_client",
}

// writeConf writes the configuration of the small PBX for one Asterisk: the
// files as they are embedded, with this Asterisk's folders and ports.
func (a *Asterisk) writeConf(program asteriskProgram, options AsteriskOptions) error {
	for _, folder := range append(slices.Collect(maps.Values(asteriskFolders)), "log/cdr-custom") {
		if err := os.MkdirAll(filepath.Join(a.dir, folder), 0o755); err != nil {
			return fmt.Errorf("make folder for Asterisk: %w", err)
		}
	}
	files := asteriskconf.PBX()
	for _, name := range quietFiles {
		files[name+".conf"] = nil
	}
	for name, text := range options.Files {
		files[name] = []byte(text)
	}
	for _, change := range []struct{ file, line, replacement string }{
		{"http.conf", "bindaddr = 0.0.0.0", "bindaddr = 127.0.0.1"},
		{"http.conf", "bindport = 8088", fmt.Sprintf("bindport = %d", a.httpPort)},
		{"pjsip.conf", "bind = 0.0.0.0:5060", "bind = " + a.SIP()},
		{"asterisk.conf", "[options]", directories(a.dir, program) + "\n[options]"},
		{"extensions.conf", "[globals]", "[globals]\n" + assignments(options.Globals)},
	} {
		text, err := replaceLine(string(files[change.file]), change.line, change.replacement)
		if err != nil {
			return fmt.Errorf("write %s for Asterisk: %w", change.file, err)
		}
		files[change.file] = []byte(text)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(a.dir, "etc", name), text, 0o600); err != nil {
			return fmt.Errorf("write configuration of Asterisk: %w", err)
		}
	}
	if err := a.writeCommand(); err != nil {
		return err
	}
	return writeHosts(filepath.Join(a.dir, "hosts"))
}

// writeCommand writes a program "asterisk" that replaces the command. Asterisk
// looks itself up in PATH for "core restart now", by its name alone, and one that
// is unpacked into a folder is not there.
func (a *Asterisk) writeCommand() error {
	dir := filepath.Join(a.dir, "bin")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make folder for Asterisk: %w", err)
	}
	text := []byte("#!/bin/sh\nexec")
	for _, word := range a.command {
		text = fmt.Appendf(text, " '%s'", strings.ReplaceAll(word, "'", `'\''`))
	}
	if err := os.WriteFile(filepath.Join(dir, "asterisk"), append(text, " \"$@\"\n"...), 0o755); err != nil {
		return fmt.Errorf("write command of Asterisk: %w", err)
	}
	return nil
}

// replaceLine replaces a line that must be there exactly once.
func replaceLine(text, line, replacement string) (string, error) {
	lines := strings.Split(text, "\n")
	at := slices.Index(lines, line)
	if at < 0 || slices.Contains(lines[at+1:], line) {
		return "", fmt.Errorf("the line %q is not there exactly once", line)
	}
	lines[at] = replacement
	return strings.Join(lines, "\n"), nil
}

func directories(dir string, program asteriskProgram) string {
	all := maps.Clone(program.directories)
	if all == nil {
		all = make(map[string]string)
	}
	for name, folder := range asteriskFolders {
		all[name] = filepath.Join(dir, folder)
	}
	return "[directories]\n" + assignments(all)
}

// assignments writes "name = value" lines in the order of the names.
func assignments(values map[string]string) string {
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(values)) {
		fmt.Fprintf(&text, "%s = %s\n", name, values[name])
	}
	return text.String()
}
