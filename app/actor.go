package app

import (
	"os"
	"os/user"
	"strconv"

	"github.com/ringfence/ringfence/audit"
)

// Actor returns who runs a command: the user of the machine, or the user who
// called sudo. SUDO_USER counts for root only: other users can set it to any
// name.
func Actor(getenv func(string) string) audit.By {
	by := audit.By{Via: audit.CommandLine}
	if name := getenv("SUDO_USER"); name != "" && os.Geteuid() == 0 {
		by.Name = name
	} else if current, err := user.Current(); err == nil {
		by.Name = current.Username
	} else {
		by.Name = "uid " + strconv.Itoa(os.Getuid())
	}
	return by
}

// Author returns the default author of an entry: the user, or the user who called
// sudo.
func Author(getenv func(string) string) string {
	if name := getenv("SUDO_USER"); name != "" {
		return name
	}
	current, err := user.Current()
	if err != nil {
		return getenv("USER")
	}
	return current.Username
}
