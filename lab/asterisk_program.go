package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// oldestAsterisk is the oldest release that the lab takes from the machine;
// an older one has no PJSIP reason codes and ARI calls as the tests want them.
const oldestAsterisk = 20

// An asteriskProgram is an Asterisk that can be run.
type asteriskProgram struct {
	command []string
	// directories are lines for asterisk.conf, for what the program does not
	// find by itself.
	directories map[string]string
}

// PrepareAsterisk finds the Asterisk that StartAsterisk will run, and makes it
// first if the machine has none. It is there for those who want the downloads
// done beforehand.
func PrepareAsterisk(ctx context.Context, log *slog.Logger) error {
	_, err := findAsterisk(ctx, orQuiet(log))
	return err
}

// The environment variables that choose the lab's Asterisk: the path of the
// program, and where its modules and its data are, if that is neither beside the
// program nor where it was built for.
const (
	AsteriskVariable        = "RINGFENCE_LAB_ASTERISK"
	AsteriskModulesVariable = "RINGFENCE_LAB_ASTERISK_MODULES"
	AsteriskDataVariable    = "RINGFENCE_LAB_ASTERISK_DATA"
)

// ChosenAsterisk is the path of the Asterisk that the environment chooses, empty if it
// chooses none.
func ChosenAsterisk() string { return os.Getenv(AsteriskVariable) }

func findAsterisk(ctx context.Context, log *slog.Logger) (asteriskProgram, error) {
	if path := ChosenAsterisk(); path != "" {
		program, err := chosenAsterisk(ctx, path)
		if err != nil {
			return asteriskProgram{}, fmt.Errorf("use the Asterisk of %s=%s: %w", AsteriskVariable, path, err)
		}
		return program, nil
	}
	if path, ok := machineAsterisk(ctx); ok {
		return asteriskProgram{command: []string{path}}, nil
	}
	root, err := asteriskRecipe.unpacked(ctx, log)
	if err != nil {
		return asteriskProgram{}, fmt.Errorf("find an Asterisk: %w", err)
	}
	return root.asterisk()
}

const installedAsterisk = "/usr/sbin/asterisk"

// asterisk returns the Asterisk of a rootfs.
func (r rootfs) asterisk() (asteriskProgram, error) {
	command, err := r.command(installedAsterisk)
	if err != nil {
		return asteriskProgram{}, err
	}
	libraries, err := r.libraries()
	if err != nil {
		return asteriskProgram{}, err
	}
	return asteriskProgram{
		command: command,
		directories: map[string]string{
			"astmoddir":  filepath.Join(libraries, "asterisk/modules"),
			"astdatadir": filepath.Join(r.dir, "usr/share/asterisk"),
		},
	}, nil
}

// chosenAsterisk returns an Asterisk of any release by its path: one of an
// unpacked file system, such as the lab makes, or one that this machine can run.
func chosenAsterisk(ctx context.Context, path string) (asteriskProgram, error) {
	if !filepath.IsAbs(path) {
		return asteriskProgram{}, errors.New("the path must begin with /")
	}
	program := asteriskProgram{command: []string{path}, directories: make(map[string]string)}
	root, found := strings.CutSuffix(path, installedAsterisk)
	if unpacked, err := (rootfs{dir: root}).asterisk(); found && root != "" && err == nil {
		program = unpacked
	} else {
		prefix := filepath.Dir(filepath.Dir(path))
		program.lookFor("astmoddir", prefix, "lib/asterisk/modules", "lib64/asterisk/modules", "lib/*/asterisk/modules")
		program.lookFor("astdatadir", prefix, "share/asterisk", "var/lib/asterisk")
	}
	for directory, variable := range map[string]string{"astmoddir": AsteriskModulesVariable, "astdatadir": AsteriskDataVariable} {
		if folder := os.Getenv(variable); folder != "" {
			program.directories[directory] = folder
		}
	}
	version, err := exec.CommandContext(ctx, program.command[0], append(slices.Clone(program.command[1:]), "-V")...).CombinedOutput()
	if err != nil {
		return asteriskProgram{}, fmt.Errorf("ask it for its version: %w: %s", err, strings.TrimSpace(string(version)))
	}
	if !strings.HasPrefix(string(version), "Asterisk ") {
		return asteriskProgram{}, fmt.Errorf("it is no Asterisk: its version is %q", strings.TrimSpace(string(version)))
	}
	return program, nil
}

// lookFor takes the first folder that is there, if one is: otherwise Asterisk
// looks where it was built for.
func (p asteriskProgram) lookFor(directory, prefix string, patterns ...string) {
	for _, pattern := range patterns {
		if found, err := filepath.Glob(filepath.Join(prefix, pattern)); err == nil && len(found) > 0 {
			p.directories[directory] = found[0]
			return
		}
	}
}

var asteriskVersion = regexp.MustCompile(`^Asterisk (?:certified-)?(\d+)\.`)

// machineAsterisk finds an Asterisk that is installed and new enough.
func machineAsterisk(ctx context.Context) (string, bool) {
	path, err := exec.LookPath("asterisk")
	if err != nil {
		path = installedAsterisk // not in every user's PATH
	}
	version, err := exec.CommandContext(ctx, path, "-V").Output()
	if err != nil {
		return "", false
	}
	found := asteriskVersion.FindSubmatch(version)
	if found == nil {
		return "", false
	}
	major, err := strconv.Atoi(string(found[1]))
	return path, err == nil && major >= oldestAsterisk
}

// withHosts is a script that gives the rest of its command line an /etc/hosts
// of its own: RTP looks up the machine's name, and another, once per call on
// the thread that serves SIP, and a resolver that is slow to say no would hold
// up every call.
const withHosts = `mount --make-rslave / && mount --bind "$0" /etc/hosts && exec "$@"`

// hostsNamespaces finds out once which namespaces this user may make for
// withHosts; zero means none, and calls depend on the machine's own resolver.
var hostsNamespaces = sync.OnceValue(func() uintptr {
	for _, namespaces := range []uintptr{syscall.CLONE_NEWUSER | syscall.CLONE_NEWNS, syscall.CLONE_NEWNS} {
		if namespaces&syscall.CLONE_NEWUSER == 0 && os.Getuid() != 0 {
			continue
		}
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		process, err := Start(ctx, Command{
			Path:       "/bin/sh",
			Args:       []string{"-c", withHosts, "/etc/hosts", "true"},
			namespaces: namespaces,
		})
		if err != nil {
			continue
		}
		code, err := process.Wait(ctx)
		if err != nil {
			_ = process.Kill()
			continue
		}
		if code == 0 {
			return namespaces
		}
	}
	return 0
})

// writeHosts writes the /etc/hosts for an Asterisk.
func writeHosts(path string) error {
	name, err := os.Hostname()
	if err != nil {
		return fmt.Errorf("find the machine's name: %w", err)
	}
	text := fmt.Sprintf("127.0.0.1 localhost %s A.ROOT-SERVERS.NET\n::1 localhost\n", name)
	return os.WriteFile(path, []byte(text), 0o644)
}

func orQuiet(log *slog.Logger) *slog.Logger {
	if log == nil {
		return slog.New(slog.DiscardHandler)
	}
	return log
}
