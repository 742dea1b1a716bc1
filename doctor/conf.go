package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// DefaultFolder is where Asterisk has its configuration files, unless it says
// otherwise.
const DefaultFolder = "/etc/asterisk"

// readFiles reads those files of Asterisk that matter to Ringfence.
func readFiles(dir string) FileEvidence {
	e := FileEvidence{Dir: dir}
	if _, err := os.ReadDir(dir); err != nil {
		e.Unread = err
		return e
	}
	for name, into := range map[string]*Conf{
		asteriskconf.DialplanFile: &e.Subroutine,
		"extensions.conf":         &e.Extensions,
		"http.conf":               &e.HTTP,
		"cdr.conf":                &e.CDR,
		"ari.conf":                &e.ARI,
	} {
		read, err := readConf(dir, name)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			e.Unread = errors.Join(e.Unread, err)
		default:
			*into = read
		}
	}
	return e
}

// Conf is what an Asterisk configuration file says, with the files that it
// includes. It isn't nil for a file that says nothing.
type Conf []ConfLine

// ConfLine is a line that says something, of a section.
type ConfLine struct {
	Section, Key, Value string
	// At is the name of the file and the line.
	At string
}

// value returns what a section says of a key: the last word counts.
func (c Conf) value(section, key string) (value string, set bool) {
	for _, line := range c {
		if line.Section == section && strings.EqualFold(line.Key, key) {
			value, set = line.Value, true
		}
	}
	return value, set
}

// includes reports whether any line comes from the named file.
func (c Conf) includes(name string) bool {
	for _, line := range c {
		if file, _, _ := strings.Cut(line.At, ":"); file == name {
			return true
		}
	}
	return false
}

// yes reads a switch as Asterisk does.
func yes(text string) bool {
	switch strings.ToLower(text) {
	case "yes", "true", "y", "t", "1", "on":
		return true
	}
	return false
}

// deepestInclude is as deep as Asterisk itself follows.
const deepestInclude = 10

// readConf reads a file of the folder and those that it includes.
func readConf(dir, name string) (Conf, error) {
	return confReader{dir: dir}.read(name, 0)
}

type confReader struct{ dir string }

func (r confReader) read(name string, depth int) (Conf, error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(r.dir, name)
	}
	text, err := os.ReadFile(path) //nolint:gosec // The operator names the folder.
	if err != nil {
		return nil, fmt.Errorf("read Asterisk's configuration: %w", err)
	}
	return r.parse(filepath.Base(name), string(text), depth)
}

// parse reads a file's text. Templates are not resolved: none of what is
// looked for is usually written that way.
func (r confReader) parse(name, text string, depth int) (Conf, error) {
	lines, section := Conf{}, ""
	for i, line := range strings.Split(withoutComments(text), "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
		case line[0] == '[':
			section, _, _ = strings.Cut(line[1:], "]")
		case line[0] == '#':
			included, err := r.include(line, depth)
			if err != nil {
				return nil, err
			}
			lines = append(lines, included...)
		default:
			key, value, _ := strings.Cut(line, "=")
			lines = append(lines, ConfLine{
				Section: section, Key: strings.TrimSpace(key), Value: strings.TrimSpace(strings.TrimPrefix(value, ">")),
				At: fmt.Sprintf("%s:%d", name, i+1),
			})
		}
	}
	return lines, nil
}

// include reads the files that a line names, perhaps by a pattern. What #exec
// would say isn't found out.
func (r confReader) include(line string, depth int) (Conf, error) {
	directive, pattern, _ := strings.Cut(line, " ")
	if (directive != "#include" && directive != "#tryinclude") || depth == deepestInclude {
		return nil, nil
	}
	pattern = strings.Trim(strings.TrimSpace(pattern), `"<>`)
	if !filepath.IsAbs(pattern) {
		pattern = filepath.Join(r.dir, pattern)
	}
	names, err := filepath.Glob(pattern)
	if err != nil {
		return nil, fmt.Errorf("read Asterisk's configuration: %s: %w", line, err)
	}
	var lines Conf
	for _, name := range names {
		included, err := r.read(name, depth+1)
		if err != nil {
			return nil, err
		}
		lines = append(lines, included...)
	}
	return lines, nil
}

// withoutComments takes out what follows a semicolon, and what stands between
// ";--" and "--;". Lines keep their numbers.
func withoutComments(text string) string {
	var kept strings.Builder
	block := false
	for line := range strings.Lines(text) {
		for line != "" {
			if block {
				_, after, ended := strings.Cut(line, "--;")
				block = !ended
				line = after
				continue
			}
			at := semicolon(line)
			if at < 0 {
				kept.WriteString(strings.TrimSuffix(line, "\n"))
				break
			}
			kept.WriteString(strings.ReplaceAll(line[:at], `\;`, ";"))
			if !strings.HasPrefix(line[at:], ";--") || strings.HasPrefix(line[at:], ";---") {
				break
			}
			block = true
			line = line[at+len(";--"):]
		}
		kept.WriteByte('\n')
	}
	return kept.String()
}

// semicolon returns the place of the first one that isn't escaped, or -1.
func semicolon(line string) int {
	for i := range len(line) {
		if line[i] == ';' && (i == 0 || line[i-1] != '\\') {
			return i
		}
	}
	return -1
}
