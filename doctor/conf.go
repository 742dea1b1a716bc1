package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// DefaultFolder is the default folder of Asterisk's configuration files.
const DefaultFolder = "/etc/asterisk"

// readFiles reads the files of Asterisk that Ringfence needs.
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

// Conf is the content of an Asterisk configuration file with its includes. It is
// not nil for an empty file.
type Conf []ConfLine

// ConfLine is a line with a key and a value, and its section.
type ConfLine struct {
	Section, Key, Value string
	// At is the file's name, a colon and the line's number.
	At string
}

// value returns the value of a key in a section: the last one, if there are several.
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

// yes reads a boolean value as Asterisk does.
func yes(text string) bool {
	switch strings.ToLower(text) {
	case "yes", "true", "y", "t", "1", "on":
		return true
	}
	return false
}

// deepestInclude is how deep Asterisk follows includes.
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

// parse reads a file's text. It does not resolve templates: the keys that are
// needed are rarely in one.
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

// include reads the files that a line includes. Their name may be a pattern. It
// ignores #exec.
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

// withoutComments removes comments: from a semicolon to the end of the line, and
// from ";--" to "--;". Line numbers stay the same.
func withoutComments(text string) string {
	var out strings.Builder
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
				out.WriteString(strings.TrimSuffix(line, "\n"))
				break
			}
			out.WriteString(strings.ReplaceAll(line[:at], `\;`, ";"))
			if !strings.HasPrefix(line[at:], ";--") || strings.HasPrefix(line[at:], ";---") {
				break
			}
			block = true
			line = line[at+len(";--"):]
		}
		out.WriteByte('\n')
	}
	return out.String()
}

// semicolon returns the index of the first semicolon that is not escaped, or -1.
func semicolon(line string) int {
	for i := range len(line) {
		if line[i] == ';' && (i == 0 || line[i-1] != '\\') {
			return i
		}
	}
	return -1
}
