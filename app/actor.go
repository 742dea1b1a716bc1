package app

import (
	"os"
	"os/user"
	"strconv"

	"github.com/ringfence/ringfence/audit"
)

// Actor is who changes something by a command: the user of the machine, behind
// sudo the one who called it. Only root is believed about that: anybody else
// may have any name in the environment.
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

// Author is who an entry says that it is of, if nobody says otherwise: behind
// sudo, the user who called it.
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
