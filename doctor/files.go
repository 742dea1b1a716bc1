package doctor

import (
	"errors"
	"os"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// DefaultFolder is where Asterisk has its configuration files, unless it says
// otherwise.
const DefaultFolder = "/etc/asterisk"

// readFiles reads those files of Asterisk that matter to Ringfence.
func readFiles(dir string) FileEvidence {
	e := FileEvidence{Dir: dir}
	if _, err := os.ReadDir(dir); err != nil {
		e.Unread = err
		return e
	}
	for name, into := range map[string]*Conf{
		asteriskconf.DialplanFile: &e.Subroutine,
		"extensions.conf":         &e.Extensions,
		"http.conf":               &e.HTTP,
		"cdr.conf":                &e.CDR,
		"ari.conf":                &e.ARI,
	} {
		read, err := readConf(dir, name)
		switch {
		case errors.Is(err, os.ErrNotExist):
		case err != nil:
			e.Unread = errors.Join(e.Unread, err)
		default:
			*into = read
		}
	}
	return e
}
