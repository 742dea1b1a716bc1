package config

import (
	"slices"
	"strings"

	"github.com/xrash/smetrics"
)

// DidYouMean returns a question about the known name that was probably meant,
// after a mark, or "" if none is near.
func DidYouMean(typed, mark string, known []string) string {
	if name := nearest(typed, known); name != "" {
		return ", did you mean " + mark + name + "?"
	}
	return ""
}

// nearest returns the first name that begins as typed, else the likest one.
func nearest(typed string, known []string) string {
	if typed == "" {
		return ""
	}
	if i := slices.IndexFunc(known, func(name string) bool { return strings.HasPrefix(name, typed) }); i >= 0 {
		return known[i]
	}
	best, likeness := "", 0.82
	for _, name := range known {
		if l := smetrics.JaroWinkler(typed, name, 0.7, 4); l > likeness {
			best, likeness = name, l
		}
	}
	return best
}
