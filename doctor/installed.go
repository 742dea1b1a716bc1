package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// find returns the file as the user finds it. It is not known if this process may
// not see it.
func (a account) find(path string) (Installed, bool) {
	e := Installed{User: a.name}
	path, err := filepath.Abs(path)
	if err != nil {
		return e, false
	}
	var above []string
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		above = append(above, dir)
		if dir == filepath.Dir(dir) {
			break
		}
	}
	slices.Reverse(above)
	for _, name := range append(above, path) {
		info, err := os.Stat(name)
		if errors.Is(err, fs.ErrNotExist) {
			e.Missing = true
			return e, true
		}
		if err != nil {
			return e, false
		}
		right := fs.FileMode(4)
		if name != path {
			right = 1
		}
		if !a.may(info, right) {
			e.Blocked, e.Folder, e.State = name, name != path, describe(info)
			return e, true
		}
	}
	return e, true
}

// describe returns mode and owner of a file, "mode 640, root:root".
func describe(info fs.FileInfo) string {
	text := fmt.Sprintf("mode %o", info.Mode().Perm())
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return text
	}
	group := strconv.FormatUint(uint64(owner.Gid), 10)
	if found, err := user.LookupGroupId(group); err == nil {
		group = found.Name
	}
	return text + ", " + userName(owner.Uid) + ":" + group
}

// findInstalled looks at those of our files that extensions.conf includes.
func findInstalled(e *FileEvidence, console ConsoleEvidence) {
	a, known := findAccount(console, e.Dir)
	if !known {
		// Asterisk may not be able to read it, but that the file is there at all is known.
		a = account{}
	}
	e.Installed = make(map[string]Installed)
	for _, name := range []string{asteriskconf.DialplanFile, asteriskconf.StarFile} {
		if len(e.Extensions.includes(name)) == 0 {
			continue
		}
		if i, known := a.find(e.located(name)); known {
			e.Installed[name] = i
		}
	}
}

// unusable says why Asterisk cannot read one of our files, "" if it can.
func (e FileEvidence) unusable(name string) string {
	i := e.Installed[name]
	switch {
	case i.Missing:
		return name + " is missing in " + filepath.Dir(e.located(name))
	case i.Folder:
		return fmt.Sprintf("Asterisk's user %s may not enter the folder %s (%s)", i.User, i.Blocked, i.State)
	case i.Blocked != "":
		return fmt.Sprintf("Asterisk's user %s may not read %s (%s)", i.User, i.Blocked, i.State)
	}
	return ""
}

// checkIncludes checks the files behind a dialplan that is loaded: what is wrong
// with them shows at Asterisk's next start only.
func checkIncludes(e Evidence) []Finding {
	var findings []Finding
	for _, part := range []struct{ name, context, effect string }{
		{asteriskconf.DialplanFile, asteriskconf.Context, "no call is screened"},
		{asteriskconf.StarFile, asteriskconf.StarContext, "there are no star codes"},
	} {
		if e.Files.Extensions == nil || e.Console.Err != nil || len(e.Console.Plan[part.context]) == 0 {
			continue
		}
		if f, wrong := checkInclude(e, part.name, part.context, part.effect); wrong {
			findings = append(findings, f)
		}
	}
	return findings
}

func checkInclude(e Evidence, name, context, effect string) (f Finding, wrong bool) {
	const check = "include"
	lines := e.Files.Extensions.includes(name)
	plain := slices.IndexFunc(lines, ConfLine.hard)
	next := "from Asterisk's next start on, " + effect
	if plain >= 0 {
		next = "at Asterisk's next start the whole dialplan is missing, and every call fails"
	}
	why := e.Files.unusable(name)
	switch {
	case len(lines) == 0 && len(readPlan(e.Files.Extensions)[context]) == 0:
		return newFinding(check, Bad, fmt.Sprintf("[%s] is still in Asterisk's memory, but no line of %s includes %s: %s",
			context, e.Files.path("extensions.conf"), name, next), append(e.addInclude(name), e.reload())...), true
	case why != "":
		return newFinding(check, Bad, fmt.Sprintf("%s; the dialplan is still in Asterisk's memory, but %s", why, next),
			append(e.repair(name), e.reload())...), true
	case len(lines) > 1:
		return e.includedTwice(name, lines), true
	case plain >= 0:
		return newFinding(check, Warn, fmt.Sprintf("%s includes %s by #include: if the file is ever missing, Asterisk starts without any dialplan. #tryinclude does not",
			lines[plain].At, name), append(e.tryInclude(name), e.reload())...), true
	}
	return f, false
}

// includedTwice says which line to remove: one that includes nothing else, and
// rather an #include.
func (e Evidence) includedTwice(name string, lines []ConfLine) Finding {
	text := fmt.Sprintf("%s is included twice, by %s and %s: remove one line", name, lines[0].At, lines[len(lines)-1].At)
	surplus := ""
	for _, line := range lines {
		if !isPattern(line.Value) && (surplus == "" || line.hard()) {
			surplus = line.At
		}
	}
	if surplus == "" {
		return newFinding("include", Warn, text+", or one of the two files")
	}
	file, number := cutPlace(surplus)
	// The numbers of the other lines stay the same.
	return newFinding("include", Warn, text, fmt.Sprintf("sudo sed -i '%ss|.*||' %s", number, shellWord(e.Files.path(file))), e.reload())
}

// customFile is what FreePBX and its relatives leave to the operator.
const customFile = "extensions_custom.conf"

// own returns the file for the operator's own dialplan.
func (e FileEvidence) own() string {
	if e.Generated {
		return customFile
	}
	return "extensions.conf"
}

// pbxConfig is the module that reads extensions.conf.
const pbxConfig = "pbx_config.so"
