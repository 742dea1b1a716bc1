package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"text/tabwriter"
)

// print writes the report for a reader.
func (b *bench) print(out io.Writer) error {
	load, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return fmt.Errorf("read the load: %w", err)
	}
	words := strings.Fields(string(load))
	if _, err := fmt.Fprintf(out, "\n%d cores, Redis %s, %s, load at the end %s\n\nThe list at %d numbers, the log at %d calls:\n",
		runtime.NumCPU(), b.version, runtime.Version(), words[0], b.options.Rows, b.options.Calls); err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, r := range b.rows {
		if r.aim == "" {
			r.aim = "–"
		}
		if _, err := fmt.Fprintf(table, "%s\t%s\taim: %s\n", r.what, r.got, r.aim); err != nil {
			return err
		}
	}
	return table.Flush()
}
