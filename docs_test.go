package ringfence_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const readmeLines = 150

// documents are the texts that people read, README.md first.
func documents(t *testing.T) []string {
	t.Helper()
	names := []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "asterisk-conf/README.md"}
	topics, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(names, topics...)
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestReadmeIsShort(t *testing.T) {
	t.Parallel()
	if lines := strings.Count(readDocument(t, "README.md"), "\n"); lines > readmeLines {
		t.Errorf("README.md has %d lines, more than %d: move some to docs/", lines, readmeLines)
	}
}

var (
	fence = regexp.MustCompile("(?ms)^```.*?^```")
	link  = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	title = regexp.MustCompile(`(?m)^#+ (.+)$`)
	// dropped is what GitHub leaves out of a title's anchor.
	dropped = regexp.MustCompile(`[^\p{L}\p{N}\- _]`)
)

// anchors returns the anchors of a document's titles, as GitHub makes them.
func anchors(text string) map[string]bool {
	found := map[string]bool{}
	for _, match := range title.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		anchor := dropped.ReplaceAllString(strings.ToLower(match[1]), "")
		found[strings.ReplaceAll(anchor, " ", "-")] = true
	}
	return found
}

func TestLinksResolve(t *testing.T) {
	t.Parallel()
	for _, name := range documents(t) {
		for _, match := range link.FindAllStringSubmatch(fence.ReplaceAllString(readDocument(t, name), ""), -1) {
			target := match[1]
			if strings.Contains(target, "://") {
				continue
			}
			file, anchor, _ := strings.Cut(target, "#")
			path := name
			if file != "" {
				path = filepath.Join(filepath.Dir(name), file)
			}
			text, err := os.ReadFile(path)
			switch {
			case err != nil:
				t.Errorf("%s: link to %s: %v", name, target, err)
			case anchor != "" && !anchors(string(text))[anchor]:
				t.Errorf("%s: link to %s: %s has no such title", name, target, path)
			}
		}
	}
}

// Each topic is reached from the README.
func TestReadmeNamesEachTopic(t *testing.T) {
	t.Parallel()
	readme := readDocument(t, "README.md")
	for _, name := range documents(t) {
		if strings.HasPrefix(name, "docs/") && !strings.Contains(readme, "]("+name) {
			t.Errorf("README.md has no link to %s", name)
		}
	}
}

var (
	metricName       = regexp.MustCompile(`"(ringfence_[a-z_]+[a-z])"`)
	documentedMetric = regexp.MustCompile("`(ringfence_[a-z_]+)")
)

// The table of docs/health.md has each metric that the code names, and no other.
// Those of feeds and calendars have a name that is made of two parts.
func TestMetricsAreDocumented(t *testing.T) {
	t.Parallel()
	documented := map[string]bool{}
	for _, match := range documentedMetric.FindAllStringSubmatch(readDocument(t, "docs/health.md"), -1) {
		documented[match[1]] = true
	}
	named := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasPrefix(path, "lab/") {
			return err
		}
		code, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, match := range metricName.FindAllStringSubmatch(string(code), -1) {
			named[match[1]] = true
			if !documented[match[1]] {
				t.Errorf("docs/health.md lacks the metric %s of %s", match[1], path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range documented {
		if !named[name] && !strings.HasPrefix(name, "ringfence_feed_") && !strings.HasPrefix(name, "ringfence_calendar_") {
			t.Errorf("docs/health.md has a metric %s that the code does not name", name)
		}
	}
}
