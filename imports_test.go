// Package ringfence_test holds the tree to its plan: packages import each
// other in one direction only.
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
	"screen":             {"phone", "span", "blacklist", "calllog", "repeat", "schedule"},
	"star":               {"phone", "blacklist", "audit", "screen"},
	"blacklist/batch":    {"phone", "blacklist", "blacklist/listfile", "audit", "screen"},
	"feed":               {"phone", "blacklist", "blacklist/listfile"},
	"store":              {"phone", "blacklist", "blacklist/batch", "blacklist/listfile", "screen", "calllog", "audit", "feed", "notify", "repeat", "schedule"},
	"store/storetest":    {"store"},
	"cmd/ringfence":      {"cli"},
	"cli":                {"app", "config", "serve", "phone", "span", "repeat", "schedule", "notify", "blacklist", "blacklist/batch", "blacklist/listfile", "feed", "screen", "store", "calllog", "replay", "audit", "web", "asterisk-conf", "doctor"},
	"serve":              {"app", "config", "phone", "schedule", "notify", "blacklist", "blacklist/batch", "feed", "screen", "store", "calllog", "star", "ari", "web", "asterisk-conf"},
	"config":             {"phone", "notify"},
	"app":                {"phone", "span", "repeat", "screen", "calllog", "blacklist", "blacklist/batch", "blacklist/listfile", "feed", "audit", "store"},
	"doctor":             {"phone", "store", "calllog", "ari", "web", "asterisk-conf"},
	"lab":                {"asterisk-conf"},
	"lab/labtest":        {"lab"},
	"lab/bench":          {"lab", "asterisk-conf", "phone", "blacklist", "screen", "store"},
	"lab/listbench":      {"lab", "phone", "blacklist", "calllog", "repeat", "replay", "schedule", "screen", "store"},
	"lab/demo":           {"lab", "asterisk-conf"},
	"lab/democalls":      {"lab"},
	"lab/cmd/lab":        {"lab"},
	"packaging/docker":   {},
	"phone":              {},
	"span":               {},
	"repeat":             {"phone", "span"},
	"notify":             {"phone", "blacklist"},
	"phone/phonetest":    {},
	"calllog":            {},
	"schedule":           {"phone"},
	"replay":             {"phone", "blacklist", "calllog", "repeat", "schedule"},
	"ari":                {},
	"ari/aritest":        {},
	"web":                {},
	"asterisk-conf":      {},
	"lab/e2e":            {},
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
