package ringfence_test

//go:generate go test . -run TestArchitectureShowsImports -update

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is generated from the code")

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

var goFile = regexp.MustCompile("`([^`\\s]+\\.go)`")

// The Go files that ARCHITECTURE.md and CONTRIBUTING.md name exist. NAME in a
// path means any name.
func TestNamedGoFilesExist(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"ARCHITECTURE.md", "CONTRIBUTING.md"} {
		for _, match := range goFile.FindAllStringSubmatch(readDocument(t, name), -1) {
			if strings.Contains(match[1], "NAME") {
				continue
			}
			if _, err := os.Stat(match[1]); err != nil {
				t.Errorf("%s names a file that does not exist: %v", name, err)
			}
		}
	}
}

var (
	// twice is what Asterisk evaluates twice: the inner call of a TryExec.
	twice = regexp.MustCompile(`TryExec\(\w+\(.*`)
	// filtered is a variable that cannot hold another after the filter.
	filtered = regexp.MustCompile(`\$\{FILTER\(0-9\+\*#,\$\{(" \+ )?\w+( \+ ")?\}\)\}`)
	// searched is what a line with sed looks for.
	searched = regexp.MustCompile(`'s/[^/]*/`)
	included = regexp.MustCompile(`#include ["<]?ringfence`)
)

// No line that is shown, printed or installed lets Asterisk evaluate a caller's text,
// or needs a file at its start. In ringfence.conf and ringfence-star.conf, what
// TryExec gets is filtered before.
func TestDialplanLinesAreSafe(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !slices.Contains([]string{".md", ".go", ".conf"}, filepath.Ext(path)) || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for line := range strings.Lines(string(text)) {
			if included.MatchString(line) {
				t.Errorf("%s: write #tryinclude: %s", path, line)
			}
			call := filtered.ReplaceAllString(twice.FindString(searched.ReplaceAllString(line, "")), "")
			if strings.Contains(call, "${") && !strings.HasPrefix(call, "TryExec(Stasis(${IF(") {
				t.Errorf("%s: a caller could run commands by this line: %s", path, line)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
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

// explained are the packages that ARCHITECTURE.md explains, in order: not the parts
// of the lab, nor what only tests use.
func explained() []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(allowed)), func(name string) bool {
		return strings.HasPrefix(name, "lab/") || strings.HasPrefix(name, "packaging/") || strings.HasSuffix(name, "test")
	})
}

func TestArchitectureNamesEachPackage(t *testing.T) {
	t.Parallel()
	text, _, _ := strings.Cut(readDocument(t, "ARCHITECTURE.md"), "<!-- imports:begin -->")
	for _, name := range explained() {
		if !strings.Contains(text, "\n| `"+name+"` | ") {
			t.Errorf("ARCHITECTURE.md has no line for the package %s", name)
		}
	}
}

// ARCHITECTURE.md shows the table of allowed imports as it is.
func TestArchitectureShowsImports(t *testing.T) {
	t.Parallel()
	var table strings.Builder
	table.WriteString("| package | may import |\n| --- | --- |\n")
	for _, name := range explained() {
		imports := "nothing of ours"
		if len(allowed[name]) > 0 {
			imports = "`" + strings.Join(slices.Sorted(slices.Values(allowed[name])), "` `") + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s |\n", name, imports)
	}
	const document, begin, end = "ARCHITECTURE.md", "<!-- imports:begin -->\n", "<!-- imports:end -->"
	text := readDocument(t, document)
	before, rest, found := strings.Cut(text, begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no lines %s and %s", document, begin, end)
	}
	want := before + begin + table.String() + end + after
	if *update {
		if err := os.WriteFile(document, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, text); diff != "" {
		t.Errorf("%s is not what imports_test.go says; `make generate` rewrites it (-code +file):\n%s", document, diff)
	}
}
