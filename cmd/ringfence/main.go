// Command ringfence screens the inbound calls of an Asterisk PBX and keeps
// the list of callers that it goes by.
package main

import (
	"context"
	"os"

	// Working time needs zones, also where the system has no list of them.
	_ "time/tzdata"

	"github.com/ringfence/ringfence/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}
