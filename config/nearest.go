package config

import (
	"slices"
	"strings"

	"github.com/xrash/smetrics"
)

// DidYouMean returns ", did you mean NAME?" with the most similar known name after
// a mark such as "--"; "" if none is similar.
func DidYouMean(typed, mark string, known []string) string {
	if name := nearest(typed, known); name != "" {
		return ", did you mean " + mark + name + "?"
	}
	return ""
}

// nearest returns the first name that begins with typed, else the most similar one.
func nearest(typed string, known []string) string {
	if typed == "" {
		return ""
	}
	if i := slices.IndexFunc(known, func(name string) bool { return strings.HasPrefix(name, typed) }); i >= 0 {
		return known[i]
	}
	best, similarity := "", 0.82
	for _, name := range known {
		if l := smetrics.JaroWinkler(typed, name, 0.7, 4); l > similarity {
			best, similarity = name, l
		}
	}
	return best
}
