//go:build movedclock

package main

import (
	"os"
	"time"
)

// clock returns a time that tests move, without waiting: the true one and the
// span in the file that RINGFENCE_CLOCK names, as time.ParseDuration reads it.
func clock() func() time.Time {
	return func() time.Time {
		text, err := os.ReadFile(os.Getenv("RINGFENCE_CLOCK"))
		if err != nil {
			return time.Now()
		}
		moved, err := time.ParseDuration(string(text))
		if err != nil {
			panic(err)
		}
		return time.Now().Add(moved)
	}
}
