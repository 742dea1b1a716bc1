package config

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite what is generated from the code")

// TestGenerated compares the sample of the configuration with the options. With
// -update it rewrites it.
func TestGenerated(t *testing.T) {
	const name = "../packaging/ringfence.yml"
	if *update {
		if err := os.WriteFile(name, []byte(sampleConfig()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleConfig(), string(got)); diff != "" {
		t.Errorf("%s is not what the code says; `go generate ./config` rewrites it (-code +file):\n%s", name, diff)
	}
}

// sampleConfig returns a configuration file that sets nothing and shows all.
func sampleConfig() string {
	var file strings.Builder
	file.WriteString(`# Ringfence's configuration. Each line shows the default; remove the # to set a
# value. Flags and RINGFENCE_* variables take precedence over this file.
# "ringfence config show" shows the values in effect, and their sources.
`)
	for _, o := range Options() {
		fmt.Fprintf(&file, "\n# %s\n", strings.ReplaceAll(o.Usage, "`", ""))
		value := o.Default
		if o.Computed {
			fmt.Fprintf(&file, "# Default: %s.\n", o.Default)
			value = ""
		}
		fmt.Fprintf(&file, "#%s: %q\n", o.Name, value)
	}
	return file.String()
}

// The sample is a valid file as it is, and with every # of a value taken away.
func TestSampleConfig(t *testing.T) {
	lines := strings.Split(sampleConfig(), "\n")
	for i, line := range lines {
		if bare, ok := strings.CutPrefix(line, "#"); ok && !strings.HasPrefix(bare, " ") {
			lines[i] = bare
		}
	}
	file, err := parseFile("ringfence.yml", []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range Options() {
		line, there := file.lines[o.Name]
		if !there {
			t.Errorf("the sample lacks %s", o.Name)
		}
		if line.text == "" {
			continue
		}
		if err := o.set(&Config{}, line.text); err != nil {
			t.Errorf("%s: %v", o.Name, err)
		}
	}
}
