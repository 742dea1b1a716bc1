package lab

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// MirrorVariable names the environment variable that says where to fetch
// Debian packages from, as "http://host/debian". It is needed only if the
// machine's own apt sources name no Debian mirror.
const MirrorVariable = "RINGFENCE_LAB_MIRROR"

// debianMirror returns the address of the Debian archive that the machine
// itself uses.
func debianMirror() (string, error) {
	if mirror := os.Getenv(MirrorVariable); mirror != "" {
		return mirror, nil
	}
	sources := []string{"/etc/apt/sources.list"}
	for _, pattern := range []string{"*.list", "*.sources"} {
		more, err := filepath.Glob("/etc/apt/sources.list.d/" + pattern)
		if err != nil {
			return "", fmt.Errorf("list apt sources: %w", err)
		}
		sources = append(sources, more...)
	}
	for _, path := range sources {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a source that we may not read is one that we do not use
		}
		if mirrors := MirrorsIn(string(text)); len(mirrors) > 0 {
			return mirrors[0], nil
		}
	}
	return "", fmt.Errorf("no Debian mirror in the apt sources of this machine: set %s=http://HOST/debian", MirrorVariable)
}

// MirrorsIn returns the addresses of Debian's main archive in the text of an
// apt source file, of the one-line or of the deb822 format, in their order.
// The security archive and the archives of others are left out.
func MirrorsIn(text string) []string {
	var mirrors []string
	inURIs := false
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		words := strings.Fields(line)
		if len(words) == 0 {
			inURIs = false
			continue
		}
		folded := line[0] == ' ' || line[0] == '\t'
		switch {
		case words[0] == "deb" && !folded:
			inURIs = false
			words = afterOptions(words[1:])
			words = words[:min(1, len(words))]
		case strings.EqualFold(words[0], "URIs:"):
			inURIs = true
			words = words[1:]
		case inURIs && folded:
		default:
			inURIs = false
			continue
		}
		for _, word := range words {
			if isDebianArchive(word) {
				mirrors = append(mirrors, strings.TrimSuffix(word, "/"))
			}
		}
	}
	return mirrors
}

// afterOptions drops the bracketed options of a one-line source.
func afterOptions(words []string) []string {
	if len(words) == 0 || !strings.HasPrefix(words[0], "[") {
		return words
	}
	for i, word := range words {
		if strings.HasSuffix(word, "]") {
			return words[i+1:]
		}
	}
	return nil
}

func isDebianArchive(uri string) bool {
	_, path, found := strings.Cut(uri, ":/")
	if !found {
		return false
	}
	parts := strings.Split(strings.TrimSuffix(path, ".list"), "/")
	return slices.Contains(parts, "debian")
}
