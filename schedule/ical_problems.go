package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// problems are what cannot be used of a feed: lines by what is wrong with them. The texts
// are this program's own, so there are few of them however long the feed is.
type problems map[string][]int

func (p problems) add(line int, text string) { p[text] = append(p[text], line) }

// maxListed is how many lines a problem names.
const maxListed = 8

// list returns the problems in the order of their first lines.
func (p problems) list() (words []string) {
	type problem struct {
		text  string
		lines []int
	}
	var sorted []problem
	for text, lines := range p {
		slices.Sort(lines)
		sorted = append(sorted, problem{text, slices.Compact(lines)})
	}
	slices.SortFunc(sorted, func(a, b problem) int {
		return cmp.Or(cmp.Compare(a.lines[0], b.lines[0]), cmp.Compare(a.text, b.text))
	})
	for _, one := range sorted {
		words = append(words, lineNumbers(one.lines)+": "+one.text)
	}
	return words
}

// lineNumbers returns "line 4" or "lines 4, 6-9 and 12 more".
func lineNumbers(lines []int) string {
	if len(lines) == 1 {
		return fmt.Sprintf("line %d", lines[0])
	}
	var runs []string
	for i := 0; i < len(lines); {
		if len(runs) == maxListed {
			return fmt.Sprintf("lines %s and %d more", strings.Join(runs, ", "), len(lines)-i)
		}
		first := i
		i++
		for i < len(lines) && lines[i] == lines[i-1]+1 {
			i++
		}
		run := strconv.Itoa(lines[first])
		if i > first+1 {
			run += fmt.Sprintf("-%d", lines[i-1])
		}
		runs = append(runs, run)
	}
	return "lines " + strings.Join(runs, ", ")
}
