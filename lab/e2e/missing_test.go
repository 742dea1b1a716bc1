package e2e_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/lab"
	"github.com/ringfence/ringfence/lab/labtest"
)

// screeningModules are the modules of the small PBX that the dialplan and ARI
// use: without any one of them a call must still reach the queue. Bases are those
// that do not work when they are loaded again, without a restart.
func screeningModules(t *testing.T) (modules, bases []string) {
	t.Helper()
	// Without these there is no dialplan, no line or no queue at all.
	// TestDialplanIsMissing starts Asterisk without app_stack: unloading it by force may
	// end Asterisk.
	others := []string{"pbx_config.so", "app_exec.so", "app_queue.so", "app_echo.so", "app_stack.so"}
	section := ""
	for line := range strings.Lines(string(asteriskconf.PBX()["modules.conf"])) {
		line = strings.TrimSpace(line)
		if title, found := strings.CutPrefix(line, "; "); found {
			section = title
		}
		name, found := strings.CutPrefix(line, "load = ")
		switch {
		case !found || section != "ARI" && section != "Dialplan" || slices.Contains(others, name):
		case name == "res_stasis.so" || strings.HasPrefix(name, "res_ari") || strings.Contains(name, "websocket"):
			bases = append(bases, name)
		default:
			modules = append(modules, name)
		}
	}
	if len(bases) < 8 || len(modules) < 15 {
		t.Fatalf("modules.conf of the small PBX has only %q and %q", bases, modules)
	}
	return modules, bases
}

var confFolder = regexp.MustCompile(`(?m)^\s*Configuration directory:\s*(\S+)`)

// conf is the path of a file of Asterisk's configuration.
func (h *system) conf(t *testing.T, name string) string {
	t.Helper()
	found := confFolder.FindStringSubmatch(h.console(t, "core show settings"))
	if found == nil {
		t.Fatal("Asterisk doesn't say where its configuration is")
	}
	return filepath.Join(found[1], name)
}

// Ensure no module that is missing gets a caller refused who is not listed, even if
// callers without a number are refused: the caller must not seem to be one.
func TestModuleIsMissing(t *testing.T) {
	t.Parallel()
	h := openSystem(t)
	h.run(t, "block "+pest)
	h.run(t, "settings set anonymous=decline")
	eventually(t, "callers without a number are refused", func() bool { return h.call(t, "anonymous").Code == 603 })
	miss := func(module string) {
		t.Helper()
		eventually(t, "the listed caller is refused before "+module+" is unloaded", func() bool { return h.call(t, pest).Code == 603 })
		h.console(t, "module unload -f "+module)
		if left := h.console(t, "module show like "+module); strings.Contains(left, "Running") && !strings.Contains(left, "Not Running") {
			t.Errorf("%s was not unloaded:\n%s", module, left)
		}
		for range 2 {
			if result := h.call(t, stranger); !result.Answered() || result.After > lawful {
				t.Errorf("without %s the caller got %d %s after %s, want the queue", module, result.Code, result.Phrase, result.After)
			}
			h.call(t, pest) // whatever that caller gets, the next one must not suffer from it
		}
	}
	modules, bases := screeningModules(t)
	for _, module := range modules {
		miss(module)
		h.console(t, "module load "+module)
	}
	for _, module := range bases {
		miss(module)
		must(t, h.asterisk.RestartNow(t.Context()))
	}
	h.screenedAgain(t)
}

// Ensure the queue and the telephones ring when a part of the dialplan is not
// there, also after Asterisk has been restarted so.
func TestDialplanIsMissing(t *testing.T) {
	t.Parallel()
	h := openSystem(t, func(a *lab.AsteriskOptions, _ *lab.ServiceOptions) { a.Unprivileged = true })
	labtest.NewPhone(t, h.asterisk, "127.0.0.3", "front-desk")
	h.run(t, "block "+pest)
	refused(t, h.call(t, pest), 603)
	subroutine, star, modules := h.conf(t, asteriskconf.DialplanFile), h.conf(t, asteriskconf.StarFile), h.conf(t, "modules.conf")
	kept := map[string][]byte{}
	for _, file := range []string{subroutine, star, modules} {
		text, err := os.ReadFile(file)
		must(t, err)
		kept[file] = text
	}
	onFiles := func(do func(file string) error) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			must(t, do(subroutine))
			must(t, do(star))
		}
	}
	unload := func(module string) func(*testing.T) {
		return func(t *testing.T) {
			t.Helper()
			without(t, modules, module)
			must(t, h.asterisk.RestartNow(t.Context()))
		}
	}
	for _, test := range []struct {
		name  string
		spoil func(*testing.T)
	}{
		{"the files are deleted", onFiles(os.Remove)},
		{"the files are unreadable", onFiles(func(file string) error { return os.Chmod(file, 0) })},
		{"app_stasis does not load", unload("app_stasis.so")},
		{"res_stasis does not load", unload("res_stasis.so")},
		{"app_stack does not load", unload("app_stack.so")},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.spoil(t)
			h.console(t, "dialplan reload")
			h.allRing(t)
			must(t, h.asterisk.RestartNow(t.Context()))
			h.allRing(t)
			for file, text := range kept {
				must(t, os.RemoveAll(file))
				must(t, os.WriteFile(file, text, 0o600))
			}
		})
	}
	must(t, h.asterisk.RestartNow(t.Context()))
	h.screenedAgain(t)
}

// allRing fails the test unless callers reach the queue and the telephones, the
// listed one too, since nothing screens.
func (h *system) allRing(t *testing.T) {
	t.Helper()
	for _, to := range []string{switchboard, "300"} {
		for _, from := range []string{stranger, pest} {
			result := h.place(t, lab.Call{To: to, From: from, Hold: 100 * time.Millisecond})
			answered(t, result)
			waited(t, result, 0, lawful)
			if result.HungUp {
				t.Errorf("Asterisk hung up on the call to %s after %s", to, result.Talked)
			}
		}
	}
}

// without takes a module out of modules.conf.
func without(t *testing.T, file, module string) {
	t.Helper()
	text, err := os.ReadFile(file)
	must(t, err)
	changed := strings.Replace(string(text), "load = "+module+"\n", "noload = "+module+"\n", 1)
	if changed == string(text) {
		t.Fatalf("%s does not load %s", file, module)
	}
	must(t, os.WriteFile(file, []byte(changed), 0o600))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
