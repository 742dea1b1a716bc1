package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/schedule"
	"github.com/ringfence/ringfence/screen"
)

var update = flag.Bool("update", false, "rewrite what is generated from the code")

const root = ".."

// TestGenerated holds every text that is made of the code to what the code
// says. With -update it rewrites them.
func TestGenerated(t *testing.T) {
	p := &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, environ: func() []string { return nil }, now: time.Now}
	files := map[string]string{
		root + "/packaging/ringfence.1":                p.manual(),
		root + "/packaging/completions/ringfence.bash": p.completion("bash"),
		root + "/packaging/completions/_ringfence":     p.completion("zsh"),
		root + "/packaging/completions/ringfence.fish": p.completion("fish"),
	}
	sections := []struct{ name, file, table string }{
		{"commands", root + "/docs/commands.md", commandTable(reference(p.commands(), ""))},
		{"exits", root + "/docs/commands.md", exitTable()},
		{"config", root + "/docs/configuration.md", configTable(reference(p.commands(), ""))},
		{"settings", root + "/docs/settings.md", settingTable()},
		{"regions", root + "/docs/working-time.md", regionTable()},
	}
	for name, want := range files {
		t.Run(filepath.Base(name), func(t *testing.T) { compareFile(t, name, want) })
	}
	for _, s := range sections {
		t.Run(s.name, func(t *testing.T) { compareSection(t, s.file, s.name, s.table) })
	}
}

func compareFile(t *testing.T, name, want string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("%s is not what the code says; `go generate ./cli` rewrites it (-code +file):\n%s", name, diff)
	}
}

// compareSection compares a table with what stands between its markers in a
// file.
func compareSection(t *testing.T, file, name, table string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+":begin -->\n", "<!-- "+name+":end -->"
	before, rest, found := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no lines %s and %s", file, strings.TrimSpace(begin), end)
	}
	compareFile(t, file, before+begin+table+end+after)
}

func commandTable(commands []commandReference) string {
	var table strings.Builder
	table.WriteString("| command | what it does |\n| --- | --- |\n")
	for _, c := range commands {
		fmt.Fprintf(&table, "| `ringfence %s` | %s |\n", strings.TrimSpace(c.name+" "+strings.ReplaceAll(c.arguments, "|", `\|`)), c.usage)
	}
	return table.String()
}

func configTable(commands []commandReference) string {
	var table strings.Builder
	table.WriteString("| option | variable | default | meaning | commands |\n| --- | --- | --- | --- | --- |\n")
	for _, o := range config.Options() {
		var takers []string
		for _, c := range commands {
			for _, f := range c.flags {
				if f.config && f.name == o.Name && c.name != "config show" {
					takers = append(takers, "`"+c.name+"`")
				}
			}
		}
		fallback := o.Default
		if fallback != "" && !o.Computed {
			fallback = "`" + fallback + "`"
		}
		fmt.Fprintf(&table, "| `%s` | `%s` | %s | %s | %s |\n", o.Name, o.Env(), fallback, plainUsage(o.Usage), takersWords(o, takers))
	}
	return table.String()
}

// takersWords says which commands take an option: by what they do, where that
// says more than a long list of names.
func takersWords(o config.Option, takers []string) string {
	switch {
	case o.Audience&config.AsksStore != 0:
		return "all that use Redis"
	case o.Audience&config.ReadsNumbers != 0:
		return "all that read numbers"
	}
	return strings.Join(takers, ", ")
}

func settingTable() string {
	var table strings.Builder
	table.WriteString("| setting | default | meaning |\n| --- | --- | --- |\n")
	settings := screen.DefaultSettings()
	for _, s := range settings.List() {
		value := ""
		if s.Value != "" {
			value = "`" + s.Value + "`"
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", s.Name, value, s.Usage)
	}
	return table.String()
}

// regionTable has a line for each country.
func regionTable() string {
	var table strings.Builder
	table.WriteString("| country | parts |\n| --- | --- |")
	country := ""
	for _, region := range schedule.Regions() {
		code, part, whole := region.Code, "", true
		if of, _, found := strings.Cut(region.Code, "-"); found {
			code, whole = of, false
			part = "`" + region.Code + "`"
		}
		switch {
		case whole:
			fmt.Fprintf(&table, "\n| `%s` %s | ", code, region.Name)
		case code != country:
			name, _, _ := strings.Cut(region.Name, ",")
			fmt.Fprintf(&table, "\n| %s, by its parts | %s ", name, part)
		default:
			table.WriteString(part + " ")
		}
		country = code
	}
	return strings.ReplaceAll(table.String(), " \n", " |\n") + "|\n"
}

func exitTable() string {
	var table strings.Builder
	table.WriteString("| exit code | meaning |\n| --- | --- |\n")
	for code, meaning := range exitCodes {
		fmt.Fprintf(&table, "| %d | %s |\n", code, meaning)
	}
	return table.String()
}

func plainUsage(usage string) string { return strings.ReplaceAll(usage, "`", "") }
