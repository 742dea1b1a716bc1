package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"time"
)

// options say what is compared.
type options struct {
	Entries int           `json:"entries"`
	Rates   []float64     `json:"rates"`
	Length  time.Duration `json:"step_ns"`
	Rounds  int           `json:"rounds"`
	Targets []string      `json:"targets"`
	Search  bool          `json:"search"`
	// Calm is how long to wait before each step until the machine is idle.
	Calm time.Duration `json:"calm_ns"`
	// Other is the program of the target other, or empty.
	Other string `json:"other,omitempty"`
}

// The search for the highest rate that a target supports.
const (
	// maxP99 is the limit of the 99th percentile, in milliseconds.
	maxP99 = 50.0
	// stride is from one rate to the next.
	stride = 1.2
	// searchSteps bounds the steps of one target.
	searchSteps = 8
	// searchTries is how often a rate may fail before it is given up: the
	// machine may have been busy.
	searchTries = 2
)

// A limit is the highest rate at which a target answered every call rightly and
// 99 of 100 within maxP99.
type limit struct {
	Target string `json:"target"`
	// Supports is that rate, 0 if there was none; Fails the next higher one that
	// was too much, 0 if the search ended before.
	Supports float64 `json:"supported_calls_per_second"`
	Fails    float64 `json:"fails_calls_per_second"`

	next  float64
	steps int
	tries int
}

func (l *limit) done() bool { return l.steps >= searchSteps || l.Supports > 0 && l.Fails > 0 }

// learn uses the result at the rate next to choose another rate.
func (l *limit) learn(r result) {
	l.steps++
	if r.P99 < maxP99 && r.failed() == 0 {
		l.Supports, l.tries = l.next, 0
		l.next = round(l.next * stride)
		return
	}
	if l.tries++; l.tries < searchTries {
		return
	}
	l.Fails, l.tries = l.next, 0
	l.next = round(l.next / stride)
}

// measurements are all results.
type measurements struct {
	Results []result `json:"results"`
	Limits  []*limit `json:"limits"`
}

// compare has the targets take turns: each rate, in each round, goes to one
// after the other, so that other load on the machine affects all.
func compare(ctx context.Context, p *parts, o options, log *slog.Logger) (measurements, error) {
	var m measurements
	targets, err := chosenTargets(o.Targets)
	if err != nil {
		return m, err
	}
	if err := p.warmUp(ctx, targets, o.Entries); err != nil {
		return m, err
	}
	for round := range o.Rounds {
		for _, rate := range o.Rates {
			for _, to := range targets {
				if err := awaitCalm(ctx, o.Calm); err != nil {
					return m, err
				}
				r, err := p.step(ctx, to, rate, o.Length, o.Entries, uint64(round))
				if err != nil {
					return m, fmt.Errorf("measure %s at %g calls/s: %w", to.name, rate, err)
				}
				r.Round = round + 1
				m.Results = append(m.Results, r)
				log.InfoContext(ctx, "measured", append(r.attrs(), slog.Int("round", r.Round))...)
			}
		}
	}
	if !o.Search {
		return m, nil
	}
	m.Limits, err = p.search(ctx, targets, o, log)
	return m, err
}

// warmUp makes calls before the first measurement, to open connections and fill caches.
func (p *parts) warmUp(ctx context.Context, targets []target, entries int) error {
	for _, to := range targets {
		r, err := p.step(ctx, to, 200, time.Second, entries, 0)
		if err != nil {
			return fmt.Errorf("warm %s up: %w", to.name, err)
		}
		if r.Calls == r.Wrong+r.Lost {
			return fmt.Errorf("%s refuses no call: %d wrong, %d lost", to.name, r.Wrong, r.Lost)
		}
	}
	return nil
}

// search finds the highest rate that each target supports, in turns as well.
func (p *parts) search(ctx context.Context, targets []target, o options, log *slog.Logger) ([]*limit, error) {
	var limits []*limit
	for _, to := range targets {
		limits = append(limits, &limit{Target: to.name, next: slices.Max(o.Rates)})
	}
	for turn := range searchSteps {
		for i, to := range targets {
			l := limits[i]
			if l.done() {
				continue
			}
			r, err := p.step(ctx, to, l.next, o.Length/2, o.Entries, uint64(turn))
			if err != nil {
				return limits, fmt.Errorf("measure %s at %g calls/s: %w", to.name, l.next, err)
			}
			log.InfoContext(ctx, "looking for the highest rate", r.attrs()...)
			l.learn(r)
		}
	}
	return limits, nil
}

// round returns a rate that reads well.
func round(rate float64) float64 { return math.Round(rate/10) * 10 }
