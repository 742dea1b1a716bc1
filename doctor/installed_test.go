package doctor_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
	"github.com/ringfence/ringfence/doctor"
)

// folder makes a folder of Asterisk with an extensions.conf and the subroutine.
func folder(t *testing.T, extensions string) string {
	t.Helper()
	dir := t.TempDir()
	// The test's own folders may be closed to others.
	for path := dir; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, text := range map[string]string{"extensions.conf": extensions, asteriskconf.DialplanFile: asteriskconf.Dialplan()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// inMemory examines a folder whose dialplan an Asterisk of the user nobody has
// loaded.
func inMemory(dir string) []doctor.Finding {
	e := doctor.Evidence{Console: doctor.ConsoleEvidence{
		User: "nobody", Plan: doctor.Dialplan{asteriskconf.Context: doctor.OwnPlan()},
	}}
	e.Target.Console = "true asterisk -rx"
	e.Files = doctor.ReadFiles(dir, e.Console)
	return doctor.Diagnose(e)
}

// What will be wrong at Asterisk's next start is found, and put right by the lines
// that are printed.
func TestIncludeOfTheSubroutine(t *testing.T) {
	t.Parallel()
	const try, hard = "#tryinclude \"ringfence.conf\"\n", "[general]\n#include \"ringfence.conf\"\n"
	for name, test := range map[string]struct {
		extensions string
		change     func(dir string) error
		grade      doctor.Grade
		text       string
	}{
		"well":              {try, nil, "", ""},
		"missing":           {try, remove, doctor.Bad, "ringfence.conf is missing in"},
		"missing, #include": {hard, remove, doctor.Bad, "at Asterisk's next start the whole dialplan is missing"},
		"unreadable":        {hard, func(dir string) error { return os.Chmod(filepath.Join(dir, asteriskconf.DialplanFile), 0o640) }, doctor.Bad, "Asterisk's user nobody may not read"},
		"unreadable folder": {try, func(dir string) error { return os.Chmod(dir, 0o750) }, doctor.Bad, "Asterisk's user nobody may not enter the folder"},
		"#include":          {hard, nil, doctor.Warn, "by #include"},
		"twice":             {try + "[a]\n" + try, nil, doctor.Warn, "is included twice, by extensions.conf:1 and extensions.conf:3"},
		"no include":        {"[general]\n", nil, doctor.Bad, "is still in Asterisk's memory, but no line"},
		"in a pattern":      {"#tryinclude ring*.conf\n", nil, "", ""},
		"in a folder":       {"#tryinclude \"own.d/*.conf\"\n", move, "", ""},
		"unreadable there": {
			"#tryinclude \"own.d/ringfence.conf\"\n",
			func(dir string) error {
				return errors.Join(move(dir), os.Chmod(filepath.Join(dir, "own.d", asteriskconf.DialplanFile), 0o640))
			},
			doctor.Bad, "own.d/ringfence.conf (mode 640",
		},
		"missing there":                {"#include own.d/ringfence.conf\n", lose, doctor.Bad, "own.d; the dialplan"},
		"another folder's pattern":     {try + "#tryinclude \"own.d/*.conf\"\n#include \"own.d/[a-z]*.conf\"\n", other, "", ""},
		"twice, once in a pattern":     {"#tryinclude \"ring*.conf\"\n#tryinclude <./ringfence.conf>\n#include a.conf\n", nil, doctor.Warn, "is included twice, by extensions.conf:1 and extensions.conf:2"},
		"twice, first by its name":     {try + "#tryinclude \"ring*.conf\"\n", nil, doctor.Warn, "is included twice, by extensions.conf:1 and extensions.conf:2"},
		"twice, in another file":       {"#tryinclude own.d/a.conf\n" + try, again, doctor.Warn, "is included twice, by own.d/a.conf:2 and extensions.conf:2"},
		"#include in another file":     {"#tryinclude own.d/a.conf\n", again, doctor.Warn, "own.d/a.conf:2 includes ringfence.conf by #include"},
		"#include of one by a pattern": {"#include \"ring*.conf\"\n", nil, doctor.Warn, "by #include"},
		"#include of several": {"#include \"*i*f*.conf\"\n", func(dir string) error {
			return os.WriteFile(filepath.Join(dir, "ringfence-more.conf"), nil, 0o644)
		}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := folder(t, test.extensions)
			if test.change != nil {
				if err := test.change(dir); err != nil {
					t.Fatal(err)
				}
			}
			found := inMemory(dir)
			if test.text == "" {
				if at := slices.IndexFunc(found, func(f doctor.Finding) bool { return f.Check == "include" }); at >= 0 {
					t.Errorf("there is nothing wrong, but: %+v", found[at])
				}
				return
			}
			if os.Getuid() != 0 && strings.HasPrefix(name, "unreadable") {
				t.Skip("only root can be kept from reading as another user")
			}
			finding := want(t, found, "include", test.grade, test.text)
			shell := exec.CommandContext(t.Context(), "sh", "-c", strings.Join(finding.Type, "\n"))
			shell.Env = append(os.Environ(), "PATH="+programs(t)+string(filepath.ListSeparator)+os.Getenv("PATH"))
			if out, err := shell.CombinedOutput(); err != nil {
				t.Fatalf("%q: %v: %s", finding.Type, err, out)
			}
			for _, f := range inMemory(dir) {
				if f.Check == "include" {
					t.Errorf("after %q: %+v", finding.Type, f)
				}
			}
		})
	}
}

// other makes a folder of files that are not ours.
func other(dir string) error {
	return errors.Join(os.Mkdir(filepath.Join(dir, "own.d"), 0o755), os.WriteFile(filepath.Join(dir, "own.d", "agents.conf"), nil, 0o644))
}

// move moves the subroutine to a folder of its own.
func move(dir string) error {
	return errors.Join(os.Mkdir(filepath.Join(dir, "own.d"), 0o755),
		os.Rename(filepath.Join(dir, asteriskconf.DialplanFile), filepath.Join(dir, "own.d", asteriskconf.DialplanFile)))
}

// lose removes the subroutine from such a folder.
func lose(dir string) error { return errors.Join(other(dir), remove(dir)) }

// again adds a file in a folder that includes the subroutine.
func again(dir string) error {
	return errors.Join(os.Mkdir(filepath.Join(dir, "own.d"), 0o755),
		os.WriteFile(filepath.Join(dir, "own.d", "a.conf"), []byte("\n #include \"ringfence.conf\"\n"), 0o644))
}

func remove(dir string) error { return os.Remove(filepath.Join(dir, asteriskconf.DialplanFile)) }

func TestReadStatus(t *testing.T) {
	t.Parallel()
	if name, known := doctor.ReadStatus("Name:\tasterisk\nUid:\t0\t65534\t0\t0\nGid:\t1\t2\t3\t4\nGroups:\t20 29\n"); !known || name != "nobody" {
		t.Errorf("%q, %t", name, known)
	}
	if _, known := doctor.ReadStatus("Name:\tasterisk\n"); known {
		t.Error("a process without a user")
	}
}

func TestGeneratedFile(t *testing.T) {
	t.Parallel()
	dir := folder(t, ";----;\n;          Do NOT edit this file as it is auto-generated by FreePBX.             ;\n")
	if e := doctor.ReadFiles(dir, doctor.ConsoleEvidence{}); !e.Generated {
		t.Error("the file of FreePBX is not recognized")
	}
	if e := doctor.ReadFiles(folder(t, "[general]\n"), doctor.ConsoleEvidence{}); e.Generated {
		t.Error("one's own file is taken for a generated one")
	}
}
