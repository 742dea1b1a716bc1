package blacklist

import (
	"slices"
	"strings"
)

// The sources of entries that come neither from a named file nor from a feed.
const (
	SourceManual = "manual" // a user who typed the number
	SourceRepeat = "repeat" // a rate rule
	SourceStar   = "star"   // a star code dialled on a telephone
	SourceImport = "import" // a file without a name, such as stdin
)

// ReservedSource reports whether a text is one of these sources, in upper or lower
// case. No feed has such a name: a feed deletes the entries of its source that are
// missing from its file.
func ReservedSource(text string) bool {
	return slices.Contains([]string{SourceManual, SourceRepeat, SourceStar, SourceImport}, strings.ToLower(text))
}
