package cli

import (
	"io"
	"os"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/term"
	"golang.org/x/text/width"
)

// layout is how tables fit where they are written.
type layout struct {
	// width is that of the terminal in columns, 0 for no limit.
	width   int
	colours bool
	// left is called with the names of columns that are left out.
	left func(names []string)
}

// paint returns a text in a colour, if there are colours.
func (l layout) paint(s shade, text string) string {
	if s == plain || !l.colours {
		return text
	}
	return string(s) + text + unshaded
}

// layout returns the layout of stdout.
func (p *program) layout() layout {
	l := layout{left: func(names []string) {
		p.say("not shown: %s; --wide shows all columns", strings.Join(names, ", "))
	}}
	if width := p.terminal(); width > 0 {
		l.colours = p.getenv("NO_COLOR") == "" && p.getenv("TERM") != "dumb"
		if !p.wide {
			l.width = width
		}
	}
	return l
}

// terminal returns the width of stdout if it is a terminal, else 0.
func (p *program) terminal() int {
	if p.width == nil {
		return 0
	}
	return p.width()
}

// terminalWidth returns the width of a terminal in columns, 0 for other writers.
// COLUMNS in the environment sets another width.
func terminalWidth(w io.Writer, columns string) int {
	if !isTerminal(w) {
		return 0
	}
	if width, err := strconv.Atoi(columns); err == nil && width > 0 {
		return width
	}
	file, ok := w.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// shortened returns a text cut to at most so many columns, with … at its end.
func shortened(text string, most int) string {
	if columnsOf(text) <= most {
		return text
	}
	taken := 0
	end := strings.IndexFunc(text, func(r rune) bool {
		taken += columnsOfRune(r)
		return taken > most-1
	})
	return strings.TrimRight(text[:end], " ") + "…"
}

// columnsOf returns how many columns of a terminal a text takes.
func columnsOf(text string) (columns int) {
	for _, r := range text {
		columns += columnsOfRune(r)
	}
	return columns
}

// columnsOfRune returns 2 for characters of East Asia and emoji, 0 for accents that are
// drawn on the character before them, else 1.
func columnsOfRune(r rune) int {
	if r < firstCombining {
		return 1
	}
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	if kind := width.LookupRune(r).Kind(); kind == width.EastAsianWide || kind == width.EastAsianFullwidth {
		return 2
	}
	return 1
}

// firstCombining is the first accent that takes no column; the characters before it
// take one.
const firstCombining = 0x300
