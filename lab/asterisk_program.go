package lab

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
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

func findAsterisk(ctx context.Context, log *slog.Logger) (asteriskProgram, error) {
	if path, ok := machineAsterisk(ctx); ok {
		return asteriskProgram{command: []string{path}}, nil
	}
	root, err := asteriskRecipe.unpacked(ctx, log)
	if err != nil {
		return asteriskProgram{}, fmt.Errorf("find an Asterisk: %w", err)
	}
	command, err := root.command("/usr/sbin/asterisk")
	if err != nil {
		return asteriskProgram{}, err
	}
	libraries, err := root.libraries()
	if err != nil {
		return asteriskProgram{}, err
	}
	return asteriskProgram{
		command: command,
		directories: map[string]string{
			"astmoddir":  filepath.Join(libraries, "asterisk/modules"),
			"astdatadir": filepath.Join(root.dir, "usr/share/asterisk"),
		},
	}, nil
}

var asteriskVersion = regexp.MustCompile(`^Asterisk (?:certified-)?(\d+)\.`)

// machineAsterisk finds an Asterisk that is installed and new enough.
func machineAsterisk(ctx context.Context) (string, bool) {
	path, err := exec.LookPath("asterisk")
	if err != nil {
		path = "/usr/sbin/asterisk" // not in every user's PATH
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
