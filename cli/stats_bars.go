package cli

import (
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/ringfence/ringfence/calllog"
)

const (
	darkBar, lightBar = "█", "▒"
	// shortestBar and longestBar are the lengths of the longest one that a
	// terminal may have room for.
	shortestBar, longestBar = 10, 60
)

// terminalWidth returns how many columns a terminal has, 0 for what is none.
func terminalWidth(w io.Writer) int {
	file, ok := w.(*os.File)
	if !ok || !isTerminal(w) {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// withBars puts a bar behind each line of a table but the first, for one of its
// rows each, if there is room.
func withBars(table string, rows []calllog.Tally, width int) string {
	lines := strings.SplitAfter(table, "\n")
	longest, most := 0, int64(1)
	for _, line := range lines {
		longest = max(longest, utf8.RuneCountInString(strings.TrimRight(line, "\n")))
	}
	for _, row := range rows {
		most = max(most, row.Calls)
	}
	room := min(width-longest-2, longestBar)
	if room < shortestBar {
		return table
	}
	var out strings.Builder
	out.WriteString(lines[0])
	for i, row := range rows {
		line := strings.TrimRight(lines[i+1], "\n")
		if bar := bar(row, most, room); bar != "" {
			line += strings.Repeat(" ", longest-utf8.RuneCountInString(line)+2) + bar
		}
		out.WriteString(line + "\n")
	}
	return out.String()
}

// bar returns a row's bar, room long if it has the most calls. What there is
// can be seen, however little.
func bar(row calllog.Tally, most int64, room int) string {
	part := func(calls int64) int { return int((calls*int64(room) + most - 1) / most) }
	whole, dark := part(row.Calls), part(row.Refused)
	if row.Refused < row.Calls && dark == whole && whole > 1 {
		dark--
	}
	return strings.Repeat(darkBar, dark) + strings.Repeat(lightBar, whole-dark)
}
