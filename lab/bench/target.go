package main

import (
	"fmt"
	"slices"
	"strings"
)

// A target is one of the ways to refuse a call that are compared. All of them
// answer 403.
type target struct {
	// name is what flags and results call it.
	name string
	// dialled is the number of the small PBX that goes this way.
	dialled string
	// about says what it does for a call.
	about string
}

const (
	bare      = "bare"
	astDB     = "astdb"
	fastAGI   = "fastagi"
	ringfence = "ringfence"
)

// refusal is the final answer that a refused call gets from every target.
const refusal = 403

var allTargets = []target{
	{bare, "8100", "refuses every call in the dialplan, with no question to anybody"},
	{astDB, "7100", "asks Asterisk's own database, BLACKLIST()"},
	{fastAGI, "6100", "asks a FastAGI server in Go, which asks Redis as Ringfence does"},
	{ringfence, "100", "asks Ringfence, which asks Redis and writes a record of the call"},
}

// chosenTargets reads a list of names, in the order of allTargets.
func chosenTargets(names []string) ([]target, error) {
	for _, name := range names {
		if !slices.ContainsFunc(allTargets, func(t target) bool { return t.name == name }) {
			var known []string
			for _, t := range allTargets {
				known = append(known, t.name)
			}
			return nil, fmt.Errorf("no target %q: choose of %s", name, strings.Join(known, ","))
		}
	}
	return slices.DeleteFunc(slices.Clone(allTargets), func(t target) bool { return !slices.Contains(names, t.name) }), nil
}
