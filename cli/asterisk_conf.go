package cli

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

const asteriskConfName = "asterisk-conf"

func (p *program) asteriskConfCommand() *cli.Command {
	return &cli.Command{
		Name:      asteriskConfName,
		Usage:     "print the files to install in Asterisk's configuration",
		Category:  categoryService,
		ArgsUsage: "[NAME]",
		Description: `
Prints a file for the folder of Asterisk's configuration: the dialplan
subroutine ` + asteriskconf.DialplanFile + `, the star codes ` + asteriskconf.StarFile + `, or a sample
of another file. The first lines of each file say what to do with it. Without a
name it lists the files.

Examples:
   ringfence asterisk-conf
   ringfence asterisk-conf ringfence.conf | sudo install -m 644 /dev/stdin /etc/asterisk/ringfence.conf` + exits("0 done,"),
		BashComplete: p.offer(slices.Sorted(maps.Keys(asteriskconf.Samples()))...),
		Action:       p.asteriskConf,
	}
}

func (p *program) asteriskConf(c *cli.Context) error {
	files := asteriskconf.Samples()
	names := slices.Sorted(maps.Keys(files))
	if !c.Args().Present() {
		for _, name := range names {
			if _, err := fmt.Fprintf(p.out, "%-19s  %s\n", name, purpose(files[name])); err != nil {
				return err
			}
		}
		return nil
	}
	name, err := oneOf(c, names...)
	if err != nil {
		return err
	}
	_, err = p.out.Write(files[name])
	return err
}

// purpose returns the description in the first line of a file.
func purpose(file []byte) string {
	first, _, _ := strings.Cut(string(file), "\n")
	_, text, _ := strings.Cut(first, ": ")
	if end := strings.IndexAny(text, ",;"); end >= 0 {
		text = text[:end]
	}
	return text
}
