package doctor

import (
	"regexp"
	"strings"
)

// shellQuoted returns a word in quotes for a shell.
func shellQuoted(word string) string { return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'" }

var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellWord quotes a word if a shell would change it.
func shellWord(word string) string {
	if plainWord.MatchString(word) {
		return word
	}
	return shellQuoted(word)
}

// sedText returns a text for the right side of sed's s|…|…|.
func sedText(text string) string {
	return strings.NewReplacer(`\`, `\\`, "&", `\&`, "|", `\|`).Replace(text)
}

// sedPattern returns a text for the left side of sed's s|…|…|.
func sedPattern(text string) string {
	return strings.NewReplacer(`\`, `\\`, ".", `\.`, "*", `\*`, "[", `\[`, "]", `\]`, "^", `\^`, "$", `\$`, "|", `\|`, "'", `'\''`).Replace(text)
}
