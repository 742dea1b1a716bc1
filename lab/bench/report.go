package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
)

// report is the whole outcome; its JSON is for those who compare runs.
type report struct {
	Machine machine `json:"machine"`
	Options options `json:"options"`
	measurements
}

func (r report) save(path string) error {
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("write results: %w", err)
	}
	return nil
}

// at returns the middle of the rounds of a target at a rate.
func (r report) at(name string, rate float64) (result, bool) {
	var rounds []result
	for _, one := range r.Results {
		if one.Target == name && one.Rate == rate {
			rounds = append(rounds, one)
		}
	}
	return median(rounds), len(rounds) > 0
}

// print writes the tables for a reader.
func (r report) print(out io.Writer) error {
	m := r.Machine
	var head strings.Builder
	fmt.Fprintf(&head, "%d cores, %s, Linux %s, load before the start %s\n", m.Cores, m.CPU, m.Kernel, m.Load)
	fmt.Fprintf(&head, "Asterisk %s, Redis %s, %s; caller, Asterisk, Redis and the screeners share the machine\n", m.Asterisk, m.Redis, m.Go)
	fmt.Fprintf(&head, "%d entries; calls of listed callers, by chance (Poisson), for %v a step; the middle of %d rounds\n",
		r.Options.Entries, r.Options.Length, r.Options.Rounds)
	if _, err := io.WriteString(out, head.String()); err != nil {
		return err
	}
	for _, part := range []struct {
		title string
		rows  func(*strings.Builder)
	}{
		{"From INVITE to refusal, and what a call costs each process", r.printSteps},
		{fmt.Sprintf("Highest rate with every answer right and p99 under %g ms", maxP99), r.printLimits},
		{"Ringfence beside the others", r.printAims},
	} {
		var rows strings.Builder
		if part.rows(&rows); rows.Len() == 0 {
			continue
		}
		table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
		if _, err := io.WriteString(table, "\n"+part.title+":\n"+rows.String()); err != nil {
			return err
		}
		if err := table.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (r report) printSteps(out *strings.Builder) {
	fmt.Fprintln(out, "calls/s\ttarget\tp50 ms\tp99 ms\twrong\tlost\tCPU ms: asterisk\tredis\tscreener\tcaller\tother programs\t")
	for _, rate := range r.Options.Rates {
		for _, to := range allTargets {
			one, found := r.at(to.name, rate)
			if !found {
				continue
			}
			cpu := func(name string) string {
				used, found := one.CPU[name]
				if !found || one.Calls == 0 {
					return "–"
				}
				return fmt.Sprintf("%.2f", used*1000/float64(one.Calls))
			}
			screener := "–"
			if slices.Contains([]string{fastAGI, ariOnly, ringfence, other}, to.name) {
				screener = cpu(to.name)
			}
			fmt.Fprintf(out, "%g\t%s\t%.2f\t%.2f\t%s\t%s\t%s\t%s\t%s\t%s\t%.0f %%\t\n", rate, to.name, one.P50, one.P99,
				share(one.Wrong, one.Calls), share(one.Lost, one.Calls), cpu("asterisk"), cpu("redis"), screener, cpu("caller"), 100*one.Others)
		}
	}
}

func share(part, whole int) string {
	if part == 0 {
		return "0"
	}
	return fmt.Sprintf("%.2f %%", 100*float64(part)/float64(whole))
}

func (r report) printLimits(out *strings.Builder) {
	for i, l := range r.Limits {
		if i == 0 {
			fmt.Fprintln(out, "target\tsupports\tdoes not support\t")
		}
		rate := func(found float64) string {
			if found == 0 {
				return "not found"
			}
			return fmt.Sprintf("%g calls/s", found)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t\n", l.Target, rate(l.Supports), rate(l.Fails))
	}
}

// printAims sets Ringfence beside the others. It says nothing where one of
// them was not measured.
func (r report) printAims(out *strings.Builder) {
	fmt.Fprintln(out, "calls/s\tRingfence / FastAGI, p50\tp99\tRingfence - bare, p50\tRingfence - continue, p50\t")
	for _, rate := range r.Options.Rates {
		ours, measured := r.at(ringfence, rate)
		if !measured {
			continue
		}
		p50, p99 := "–", "–"
		if other, found := r.at(fastAGI, rate); found && other.P50 > 0 && other.P99 > 0 {
			p50 = fmt.Sprintf("%.2f", ours.P50/other.P50)
			p99 = fmt.Sprintf("%.2f", ours.P99/other.P99)
		}
		over := func(name string) string {
			other, found := r.at(name, rate)
			if !found {
				return "–"
			}
			return strconv.FormatFloat(ours.P50-other.P50, 'f', 2, 64) + " ms"
		}
		fmt.Fprintf(out, "%g\t%s\t%s\t%s\t%s\t\n", rate, p50, p99, over(bare), over(ariOnly))
	}
	fmt.Fprintln(out, "aim at 200, 400\t1.00 or less\t1.00 or less\t0.60 ms or less\t0.15 ms or less\t")
	fmt.Fprintln(out, "aim at 700\t\t\t0.60 ms or less\t0.20 ms or less\t")
	fmt.Fprintln(out, "aim at 1000\t\t\t\t0.40 ms or less\t")
}
