//go:build !movedclock

package main

import "time"

// clock returns the time that the program goes by.
func clock() func() time.Time { return time.Now }
