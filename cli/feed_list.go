package cli

import (
	"context"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/feed"
	"github.com/ringfence/ringfence/span"
	"github.com/ringfence/ringfence/store"
)

func (p *program) feedListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "show all feeds, and what came of them",
		Description: `
Shows all feeds: what came of the last look, when the next one is due, and how
many entries there were after the last change.

Examples:
   ringfence feed list
   ringfence feed list --output json` + exits("0 shown, even if there is none,"),
		Flags: append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.AsksStore)...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
			if err != nil {
				return err
			}
			return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
				feeds, err := s.Feeds(ctx)
				if err != nil {
					return err
				}
				reports := make([]feedReport, len(feeds))
				for i, f := range feeds {
					reports[i] = p.reportFeed(f)
				}
				return writeRows(p.out, format, feedColumns(), reports)
			})
		},
	}
}

func (p *program) feedShowCommand() *cli.Command {
	return &cli.Command{
		Name:      "show",
		Usage:     "show all details of a feed",
		ArgsUsage: "NAME",
		Description: `
Shows a feed with all its options, but for its secrets.

Examples:
   ringfence feed show nuisance` + exits("0 shown, 3 there is no such feed,"),
		Flags: append([]cli.Flag{newOutputFlag(outputTable, outputJSON)}, configFlags(config.AsksStore)...),
		Action: func(c *cli.Context) error {
			name, err := readFeedName(c)
			if err != nil {
				return err
			}
			conf, format, err := p.configAndOutput(c, outputTable, outputJSON)
			if err != nil {
				return err
			}
			return p.withFeed(c, conf, name, func(ctx context.Context, s *store.Store) error {
				f, err := s.Feed(ctx, name)
				if err != nil {
					return err
				}
				report := p.reportFeed(f)
				if format == outputJSON {
					return writeJSON(p.out, report)
				}
				return writeTable(p.out, []column[field]{
					{"field", func(f field) any { return f.name }},
					{"value", func(f field) any { return f.value }},
				}, report.fields())
			})
		},
	}
}

// feedReport is a feed as it is shown: without secrets.
type feedReport struct {
	Name       string    `json:"name"`
	URL        string    `json:"url"`
	Every      string    `json:"every"`
	Header     []string  `json:"header,omitempty"`
	MaxSize    int64     `json:"max_size"`
	Format     string    `json:"format,omitempty"`
	Region     string    `json:"region,omitempty"`
	Kind       string    `json:"kind"`
	Action     string    `json:"action,omitempty"`
	Reason     string    `json:"reason,omitempty"`
	For        string    `json:"for,omitempty"`
	MinReports int       `json:"min_reports,omitempty"`
	Keep       bool      `json:"keep"`
	Created    time.Time `json:"created,omitzero"`
	Author     string    `json:"author,omitempty"`

	Outcome   string    `json:"outcome"`
	Failures  int       `json:"failures"`
	Checked   time.Time `json:"checked,omitzero"`
	Succeeded time.Time `json:"succeeded,omitzero"`
	Changed   time.Time `json:"changed,omitzero"`
	Due       time.Time `json:"due"`
	Batch     string    `json:"batch,omitempty"`
	Rows      int64     `json:"rows"`
}

func (p *program) reportFeed(f feed.Subscribed) feedReport {
	report := feedReport{
		Name: f.Name, URL: f.Address(), Every: span.Format(f.Every), Header: f.Header.Names(), MaxSize: f.MaxSize,
		Format: string(f.Rows.Format), Region: string(f.Rows.Region), Kind: string(f.Rows.Kind), Action: string(f.Rows.Action),
		Reason: f.Rows.Reason, For: lifeWords(f.Rows.For), MinReports: f.Rows.MinReports, Keep: f.Rows.Keep,
		Created: f.Created, Author: f.Author,
		Outcome: f.State.Outcome, Failures: f.State.Failures, Checked: f.State.Checked, Succeeded: f.State.Succeeded,
		Changed: f.State.Changed, Due: f.State.Due, Batch: f.State.Batch, Rows: f.State.Rows,
	}
	if report.Outcome == "" {
		report.Outcome = "not fetched yet"
	}
	if report.Due.IsZero() {
		report.Due = p.now().UTC().Truncate(time.Second)
	}
	return report
}

func feedColumns() []column[feedReport] {
	return []column[feedReport]{
		{"name", func(f feedReport) any { return f.Name }},
		{"every", func(f feedReport) any { return f.Every }},
		{"rows", func(f feedReport) any { return f.Rows }},
		{"checked", func(f feedReport) any { return f.Checked }},
		{"due", func(f feedReport) any { return f.Due }},
		{"failures", func(f feedReport) any { return int64(f.Failures) }},
		{"outcome", func(f feedReport) any { return f.Outcome }},
		{"url", func(f feedReport) any { return f.URL }},
	}
}

// field is one line of what `feed show` shows.
type field struct {
	name  string
	value any
}

func (f feedReport) fields() []field {
	keep := "entries that the file doesn't name any more go"
	if f.Keep {
		keep = "entries that the file doesn't name any more stay"
	}
	return []field{
		{"name", f.Name},
		{"url", f.URL},
		{"header", strings.Join(f.Header, ", ")},
		{"every", f.Every},
		{"max size", sizeWords(f.MaxSize)},
		{"format", f.Format},
		{"region", f.Region},
		{"kind", f.Kind},
		{"action", f.Action},
		{"reason", f.Reason},
		{"for", f.For},
		{"min reports", int64(f.MinReports)},
		{"keep", keep},
		{"created", f.Created},
		{"author", f.Author},
		{"outcome", f.Outcome},
		{"failures", int64(f.Failures)},
		{"checked", f.Checked},
		{"succeeded", f.Succeeded},
		{"changed", f.Changed},
		{"due", f.Due},
		{"batch", f.Batch},
		{"rows", f.Rows},
	}
}

// lifeWords returns how long entries last, "" for ever.
func lifeWords(life time.Duration) string {
	if life == 0 {
		return ""
	}
	return span.Format(life)
}
