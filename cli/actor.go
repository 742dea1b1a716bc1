package cli

import (
	"os"
	"os/user"
	"strconv"

	"github.com/ringfence/ringfence/audit"
)

// actor returns who runs a command: the user of the machine, or the user who
// called sudo. SUDO_USER counts for root only: other users can set it to any
// name.
func actor(getenv func(string) string) audit.By {
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
