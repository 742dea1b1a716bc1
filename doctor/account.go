package doctor

import (
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// account is the user that Asterisk runs as.
type account struct {
	name   string
	id     uint32
	groups []uint32
}

// findAccount returns Asterisk's user: that of its process, else the one that
// Asterisk or asterisk.conf names. It is not known if there is neither.
func findAccount(console ConsoleEvidence, dir string) (account, bool) {
	if number, err := os.ReadFile(console.PIDFile); err == nil {
		status, err := os.ReadFile(filepath.Join("/proc", strings.TrimSpace(string(number)), "status")) //nolint:gosec // Asterisk names its own file.
		if found, ok := readStatus(string(status)); err == nil && ok {
			return found, true
		}
	}
	name := console.User
	if name == "" {
		options, _ := readConf(dir, "asterisk.conf")
		name, _ = options.value("options", "runuser")
	}
	found, err := user.Lookup(name)
	if err != nil {
		return account{}, false
	}
	id, err := strconv.ParseUint(found.Uid, 10, 32)
	a := account{name: name, id: uint32(id)}
	groups, _ := found.GroupIds()
	for _, text := range groups {
		if group, err := strconv.ParseUint(text, 10, 32); err == nil {
			a.groups = append(a.groups, uint32(group))
		}
	}
	return a, err == nil
}

// readStatus reads the effective user and the groups of /proc/PID/status.
func readStatus(text string) (account, bool) {
	var a account
	known := false
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(line, ":")
		var numbers []uint32
		for word := range strings.FieldsSeq(value) {
			if n, err := strconv.ParseUint(word, 10, 32); err == nil {
				numbers = append(numbers, uint32(n))
			}
		}
		switch {
		case name == "Uid" && len(numbers) > 1:
			a.id, known = numbers[1], true
		case name == "Gid" && len(numbers) > 1:
			a.groups = append(a.groups, numbers[1])
		case name == "Groups":
			a.groups = append(a.groups, numbers...)
		}
	}
	a.name = userName(a.id)
	return a, known
}

func userName(id uint32) string {
	text := strconv.FormatUint(uint64(id), 10)
	found, err := user.LookupId(text)
	if err != nil {
		return "with the number " + text
	}
	return found.Username
}

// may reports whether the user has a right at a file: 4 to read it, 1 to enter it.
func (a account) may(info fs.FileInfo, right fs.FileMode) bool {
	owner, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case a.id == 0 || !ok:
		return true
	case owner.Uid == a.id:
		right <<= 6
	case slices.Contains(a.groups, owner.Gid):
		right <<= 3
	}
	return info.Mode().Perm()&right != 0
}
