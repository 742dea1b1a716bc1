package main

import (
	"fmt"
	"slices"
	"strings"

	asteriskconf "github.com/ringfence/ringfence/asterisk-conf"
)

// A target is one of the ways to refuse a call that are compared. All of them
// answer 403.
type target struct {
	// name is what flags and results call it.
	name string
	// dialled is the number of the small PBX that goes this way.
	dialled string
	// app is the Stasis application that the dialplan hands its calls to, or
	// empty if it uses none.
	app string
	// about says what it does for a call.
	about string
}

const (
	bare      = "bare"
	astDB     = "astdb"
	fastAGI   = "fastagi"
	ariOnly   = "continue"
	ringfence = "ringfence"
	other     = "other"
)

// refusal is the final answer that a refused call gets from every target.
const refusal = 403

var allTargets = []target{
	{bare, "8100", "", "refuses every call in the dialplan, with no question to anybody"},
	{astDB, "7100", "", "asks Asterisk's own database, BLACKLIST()"},
	{fastAGI, "6100", "", "asks a FastAGI server in Go, which asks Redis as Ringfence does"},
	{ariOnly, "100", "bench-continue", "goes to an ARI program that only continues every call"},
	{ringfence, "100", asteriskconf.DefaultApp, "asks Ringfence, which asks Redis and writes a record of the call"},
	{other, "100", "bench-other", "asks another build of Ringfence, that of --other"},
}

// targetNamed returns the target with a name of the list.
func targetNamed(name string) target {
	return allTargets[slices.IndexFunc(allTargets, func(t target) bool { return t.name == name })]
}

// targetNames are the names of all targets, in their order.
func targetNames() []string {
	var names []string
	for _, t := range allTargets {
		names = append(names, t.name)
	}
	return names
}

// chosenTargets reads a list of names, in the order of allTargets.
func chosenTargets(names []string) ([]target, error) {
	for _, name := range names {
		if !slices.ContainsFunc(allTargets, func(t target) bool { return t.name == name }) {
			return nil, fmt.Errorf("unknown target %q: choose from %s", name, strings.Join(targetNames(), ","))
		}
	}
	return slices.DeleteFunc(slices.Clone(allTargets), func(t target) bool { return !slices.Contains(names, t.name) }), nil
}
