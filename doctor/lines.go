package doctor

import (
	"fmt"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// rx returns the line that runs a command on Asterisk's console.
func (e Evidence) rx(command string) string { return e.Target.Console + ` "` + command + `"` }

// sample returns the command that prints an embedded file.
func sample(name string) string { return "ringfence asterisk-conf " + name }

// write returns the line that installs an embedded file, so that Asterisk's user
// can read it whatever the umask is.
func (e Evidence) write(name string) string {
	return sample(name) + " | sudo install -m 644 /dev/stdin " + shellWord(e.Files.located(name))
}

// set returns the line that sets a key in the section [general] of a file.
func (e Evidence) set(name, key, value string) string {
	return fmt.Sprintf(`sudo sed -i -e '/^ *\[general\]/,/^ *\[/{/^ *%s *=/Id}' -e '/^ *\[general\]/a %s = %s' %s`,
		key, key, value, shellWord(e.Files.path(name)))
}

// install returns the lines that install the subroutine. If the files are
// readable, it leaves out lines that are not needed.
func (e Evidence) install() []string {
	const name = asteriskconf.DialplanFile
	var lines []string
	current := e.Files.Subroutine != nil && len(ownPlan().differences(readPlan(e.Files.Subroutine)[asteriskconf.Context])) == 0
	switch {
	case e.Files.unusable(name) != "":
		lines = e.repair(name)
	case !current:
		lines = append([]string{e.write(name)}, e.tryInclude(name)...)
	default:
		lines = e.tryInclude(name)
	}
	switch include := e.addInclude(name); {
	case e.Files.Extensions == nil:
		lines = append(lines, fmt.Sprintf("grep -qF '\"%s\"' %s || %s", name, e.Files.path(e.Files.own()), include[0]))
	case len(e.Files.Extensions.includes(name)) == 0:
		lines = append(lines, include...)
	}
	return append(lines, e.reload())
}

// repair returns the lines after which Asterisk can read one of our files, and
// after which its dialplan loads without it too.
func (e Evidence) repair(name string) []string {
	var lines []string
	if i := e.Files.Installed[name]; i.Folder {
		lines = append(lines, "sudo chmod a+x "+shellWord(i.Blocked))
	}
	lines = append(lines, e.write(name))
	return append(lines, e.tryInclude(name)...)
}

// tryInclude returns the line that makes an #include of one of our files a
// #tryinclude, if there is one.
func (e Evidence) tryInclude(name string) []string {
	for _, line := range e.Files.Extensions.includes(name) {
		if line.hard() {
			file, _ := cutPlace(line.At)
			return []string{fmt.Sprintf(`sudo sed -i 's|^\([[:space:]]*\)#include\([[:space:]]*["<]*%s\)|\1#tryinclude\2|' %s`,
				sedPattern(line.Value), shellWord(e.Files.path(file)))}
		}
	}
	return nil
}

// addInclude returns the line that adds an include of one of our files, where the
// operator may write.
func (e Evidence) addInclude(name string) []string {
	file := e.Files.path(e.Files.own())
	return []string{fmt.Sprintf(`echo '%s "%s"' | sudo tee -a %s > /dev/null`, directiveTry, name, file)}
}

// reload returns the line that loads the dialplan.
func (e Evidence) reload() string {
	if e.pbxConfigOff() {
		return e.rx("module load " + pbxConfig)
	}
	return e.rx(reloadDialplan)
}

// passing returns the line that passes the digits of a variable as the dialled
// number.
func passing(variable string) string {
	return "same => n,TryExec(Gosub(" + asteriskconf.Context + ",s,1(${FILTER(0-9+*#,${" + variable + "})})))"
}

// lines returns the lines that screen calls.
func (e Evidence) lines() []string {
	if !e.Files.Generated {
		return []string{callLine, e.reload()}
	}
	// FreePBX calls this for every inbound route.
	return []string{
		"[app-blacklist-check]",
		"exten => s,1," + strings.TrimPrefix(passing("FROM_DID"), "same => n,"),
		"exten => s,n,Set(CALLED_BLACKLIST=1)",
		"exten => s,n,Return()",
		e.reload(),
	}
}

// rewrite returns the lines that make the calls of the subroutine safe: by hand,
// where sed cannot.
func (e Evidence) rewrite(files []string) []string {
	if len(files) == 0 || e.Files.Generated {
		return e.lines()
	}
	var lines []string
	for _, file := range files {
		for _, path := range e.Files.paths(file) {
			lines = append(lines, fmt.Sprintf(
				`sudo sed -i -e 's/\([, ]\)Gosub(%[1]s,s,1\((${EXTEN})\)\?)/\1TryExec(Gosub(%[1]s,s,1))/' -e 's/TryExec(Gosub(%[1]s,s,1(${EXTEN})))/TryExec(Gosub(%[1]s,s,1))/' %[2]s`,
				asteriskconf.Context, shellWord(path)))
		}
	}
	return append(lines, e.reload())
}

// change returns the lines that give an option another value where it is set, so
// that it applies to `serve` too once that is restarted: see where.
func (t Target) change(option, value string) []string {
	origin := string(t.Options[option])
	if file := fileOrigin.FindStringSubmatch(origin); file != nil {
		return []string{fmt.Sprintf("sudo sed -i %s %s", shellQuoted(file[2]+"s|.*|"+sedText(option+": "+value)+"|"), shellWord(file[1]))}
	}
	if secret := secretOrigin.FindStringSubmatch(origin); secret != nil {
		return []string{fmt.Sprintf("printf %%s %s | sudo tee %s > /dev/null", shellQuoted(value), shellWord(secret[2]))}
	}
	switch {
	case strings.HasPrefix(origin, "--"):
		return []string{"ringfence doctor --" + option + " " + shellQuoted(value)}
	case origin == originDefault && t.ConfigFile != "":
		return t.writeOption(option, value)
	}
	return []string{"export " + variable(option) + "=" + shellWord(value)}
}

// writeOption returns the lines that add an option to the configuration file. A
// new file is readable by its owner and group only: it may hold a password.
func (t Target) writeOption(option, value string) []string {
	file := shellWord(t.ConfigFile)
	return []string{
		fmt.Sprintf("test -e %s || sudo install -D -m 640 /dev/null %s", file, file),
		fmt.Sprintf(`printf '%%s\n' %s | sudo tee -a %s > /dev/null`, shellQuoted(option+": "+value), file),
	}
}

// ringfence returns the line that runs a command of Ringfence on the same Redis:
// what was typed for doctor is typed again, but for a password.
func (t Target) ringfence(command string) string {
	words := []string{"ringfence", command}
	for _, option := range []struct{ name, value string }{
		{"config", t.ConfigFile}, {"redis", t.Redis}, {"redis-prefix", t.RedisPrefix},
	} {
		if strings.HasPrefix(string(t.Options[option.name]), "--") {
			words = append(words, "--"+option.name, shellWord(option.value))
		}
	}
	return strings.Join(words, " ")
}
