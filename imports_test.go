// Package ringfence_test checks the tree as a whole: packages import each other
// in one direction only, and the documents agree with the code.
package ringfence_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/ringfence/ringfence/"

// allowed names, for each package, the packages of the tree that it may
// import outside its tests. A package that isn't named may import none.
var allowed = map[string][]string{
	"blacklist":          {"phone"},
	"blacklist/listfile": {"phone", "blacklist"},
	"audit":              {"phone", "blacklist"},
	"policy":             {"phone", "span", "repeat", "schedule", "blacklist"},
	"screen":             {"phone", "span", "repeat", "schedule", "policy", "blacklist", "calllog"},
	"star":               {"phone", "policy", "blacklist", "screen", "audit"},
	"blacklist/batch":    {"phone", "policy", "retry", "lease", "blacklist", "blacklist/listfile", "audit"},
	"feed":               {"ctxio", "phone", "blacklist", "blacklist/listfile"},
	"store":              {"phone", "repeat", "schedule", "policy", "notify", "lease", "blacklist", "blacklist/batch", "blacklist/listfile", "feed", "screen", "calllog", "audit", "retry"},
	"store/storetest":    {"store"},
	"cmd/ringfence":      {"cli"},
	"cli":                {"app", "config", "serve", "phone", "repeat", "schedule", "policy", "notify", "blacklist", "blacklist/listfile", "screen", "store", "calllog", "audit", "web", "asterisk-conf", "doctor"},
	"serve":              {"app", "config", "phone", "schedule", "policy", "notify", "feed", "screen", "store", "calllog", "star", "ari", "web", "asterisk-conf"},
	"config":             {"phone", "notify"},
	"app":                {"phone", "typed", "span", "repeat", "policy", "retry", "lease", "blacklist", "blacklist/batch", "blacklist/listfile", "feed", "screen", "calllog", "audit", "replay", "schedule"},
	"doctor":             {"phone", "policy", "blacklist", "store", "calllog", "ari", "web", "asterisk-conf", "retry"},
	"lab":                {"asterisk-conf"},
	"lab/labtest":        {"lab"},
	"lab/bench":          {"phone", "blacklist", "store", "asterisk-conf", "lab"},
	"lab/listbench":      {"phone", "repeat", "schedule", "policy", "blacklist", "screen", "store", "calllog", "replay", "lab"},
	"lab/demo":           {"lab"},
	"lab/democalls":      {"lab"},
	"lab/cmd/lab":        {"lab"},
	"lab/cmd/holidays":   {"lab", "schedule"},
	"packaging/docker":   {},
	"phone":              {},
	"typed":              {},
	"span":               {"typed"},
	"repeat":             {"phone", "span", "typed"},
	"notify":             {"phone"},
	"phone/phonetest":    {},
	"calllog":            {},
	"schedule":           {"ctxio", "phone", "typed"},
	"replay":             {"phone", "repeat", "schedule", "blacklist", "calllog"},
	"ari":                {},
	"ari/aritest":        {},
	"web":                {},
	"asterisk-conf":      {},
	"lab/e2e":            {},
	"lease":              {},
	"retry":              {},
	"ctxio":              {},
}

func TestImportsRunOneWay(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for line := range strings.Lines(string(out)) {
		names := strings.Fields(line)
		importer, ours := strings.CutPrefix(names[0], module)
		if !ours {
			continue
		}
		may, known := allowed[importer]
		if !known {
			t.Errorf("package %s is not in the table of allowed imports", importer)
		}
		for _, name := range names[1:] {
			if imported, ours := strings.CutPrefix(name, module); ours && !slices.Contains(may, imported) {
				t.Errorf("%s must not import %s", importer, imported)
			}
		}
	}
}
