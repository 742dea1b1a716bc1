package cli

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/policy"
	"github.com/ringfence/ringfence/schedule"
)

var update = flag.Bool("update", false, "rewrite what is generated from the code")

const root = ".."

// TestGenerated compares the tables that are made of the code with the
// documents. With -update it rewrites them.
func TestGenerated(t *testing.T) {
	p := &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard, environ: func() []string { return nil }, now: time.Now}
	commands := p.newApp().Commands
	sections := []struct{ name, file, table string }{
		{"commands", root + "/docs/commands.md", commandTable(commands)},
		{"exits", root + "/docs/commands.md", exitTable()},
		{"config", root + "/docs/configuration.md", configTable(commands)},
		{"settings", root + "/docs/settings.md", settingTable()},
		{"regions", root + "/docs/working-time.md", regionTable()},
		{"amendments", root + "/docs/working-time.md", amendmentTable()},
	}
	for _, s := range sections {
		t.Run(s.name, func(t *testing.T) { compareSection(t, s.file, s.name, s.table) })
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
	want := before + begin + table + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Errorf("%s is not what the code says; `go generate ./cli` rewrites it (-code +file):\n%s", file, diff)
	}
}

// walk calls do for every command that can be carried out.
func walk(commands []*cli.Command, parent string, do func(name string, command *cli.Command)) {
	for _, command := range commands {
		name := strings.TrimSpace(parent + " " + command.Name)
		if hasAction(command) {
			do(name, command)
		}
		walk(command.Subcommands, name, do)
	}
}

func commandTable(commands []*cli.Command) string {
	var table strings.Builder
	table.WriteString("| command | what it does |\n| --- | --- |\n")
	walk(commands, "", func(name string, c *cli.Command) {
		fmt.Fprintf(&table, "| `ringfence %s` | %s |\n", strings.TrimSpace(name+" "+strings.ReplaceAll(c.ArgsUsage, "|", `\|`)), c.Usage)
	})
	return table.String()
}

func configTable(commands []*cli.Command) string {
	var table strings.Builder
	table.WriteString("| option | variable | default | meaning | commands |\n| --- | --- | --- | --- | --- |\n")
	for _, o := range config.Options() {
		var takers []string
		walk(commands, "", func(name string, c *cli.Command) {
			if f := flagNamed(c.Flags, "--"+o.Name); f != nil && f.(cli.CategorizableFlag).GetCategory() == configCategory && name != "config show" {
				takers = append(takers, "`"+name+"`")
			}
		})
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
	case o.Audience&config.NeedsStore != 0:
		return "all that use Redis"
	case o.Audience&config.ReadsNumbers != 0:
		return "all that read numbers"
	}
	return strings.Join(takers, ", ")
}

func settingTable() string {
	var table strings.Builder
	table.WriteString("| setting | default | meaning |\n| --- | --- | --- |\n")
	settings := policy.DefaultSettings()
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

// amendmentTable has a line for each amendment of the holidays.
func amendmentTable() string {
	var table strings.Builder
	table.WriteString("| regions | change | holidays | years | law |\n| --- | --- | --- | --- | --- |\n")
	for _, a := range schedule.Amendments() {
		names := strings.Join(slices.Compact(slices.Clone(a.Names)), ", ")
		switch a.Change {
		case schedule.Renamed:
			names = strings.Join(a.Names, " → ")
		case schedule.Replaced, schedule.Kept:
			if names == "" {
				names = "all"
			}
		case schedule.Added, schedule.Removed, schedule.Changed, schedule.LeftOut:
		}
		years := ""
		switch {
		case a.From == a.Until && a.From != 0:
			years = strconv.Itoa(a.From)
		case a.From != 0:
			years = fmt.Sprintf("from %d", a.From)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s | %s | %s |\n", strings.Join(a.Regions, "` `"), a.Change, names, years, a.Law)
	}
	return table.String()
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
