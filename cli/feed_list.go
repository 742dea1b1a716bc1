package cli

import (
	"context"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/config"
)

func (p *program) feedListCommand() *cli.Command {
	return &cli.Command{
		Name:  "list",
		Usage: "show all feeds, and the result of the last fetch",
		Description: `
Shows all feeds: the outcome of the last fetch, when the next one is due, and
the number of entries after the last change.

Examples:
   ringfence feed list
   ringfence feed list --output json` + exits("0 shown, even if there are no feeds,"),
		Flags: append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore)...),
		Action: func(c *cli.Context) error {
			if err := noArguments(c); err != nil {
				return err
			}
			conf, format, err := p.configAndOutput(c)
			if err != nil {
				return err
			}
			return p.withFeeds(c, conf, func(ctx context.Context, feeds app.Feeds, _ *progress) error {
				reports, err := feeds.List(ctx)
				if err != nil {
					return err
				}
				return writePage(p, format, feedColumns(), app.Whole(reports))
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
Shows a feed with all its options. Secrets are hidden.

Examples:
   ringfence feed show nuisance` + exits("0 shown, 3 there is no such feed,"),
		Flags: append([]cli.Flag{newOutputFlag(), wideFlag()}, configFlags(config.NeedsStore)...),
		Action: func(c *cli.Context) error {
			name, err := readFeedName(c)
			if err != nil {
				return err
			}
			conf, format, err := p.configAndOutput(c)
			if err != nil {
				return err
			}
			return p.withFeed(c, conf, name, func(ctx context.Context, feeds app.Feeds, _ *progress) error {
				report, err := feeds.Show(ctx, name)
				if err != nil {
					return err
				}
				return writeOne(p, format, report, func() error {
					return writeTable(p, []column[field]{
						{"field", func(f field) any { return f.name }},
						{"value", func(f field) any { return f.value }},
					}, feedFields(report))
				})
			})
		},
	}
}

func feedColumns() []column[app.FeedReport] {
	return []column[app.FeedReport]{
		{"name", func(f app.FeedReport) any { return f.Name }},
		{"every", func(f app.FeedReport) any { return app.FormatSpan(f.EverySeconds) }},
		{"rows", func(f app.FeedReport) any { return f.Rows }},
		{"checked", func(f app.FeedReport) any { return spare(2, f.Checked) }},
		{"due", func(f app.FeedReport) any { return spare(1, f.Due) }},
		{"failures", func(f app.FeedReport) any { return int64(f.Failures) }},
		{"outcome", func(f app.FeedReport) any { return cell{value: f.Outcome, long: true, shade: feedShade(f)} }},
		{"url", func(f app.FeedReport) any { return long(f.URL) }},
	}
}

func feedShade(f app.FeedReport) shade {
	if f.Failures > 0 {
		return bad
	}
	return plain
}

// field is one line of what `feed show` shows.
type field struct {
	name  string
	value any
}

func feedFields(f app.FeedReport) []field {
	keep := "no: entries missing from the file are deleted"
	if f.Keep {
		keep = "yes: entries missing from the file stay"
	}
	return []field{
		{"name", f.Name},
		{"url", f.URL},
		{"header", strings.Join(f.Header, ", ")},
		{"every", app.FormatSpan(f.EverySeconds)},
		{"max size", app.FormatSize(f.MaxSize)},
		{"format", f.Format},
		{"columns", strings.Join(f.Columns, ", ")},
		{"region", f.Region},
		{"kind", f.Kind},
		{"action", f.Action},
		{"reason", f.Reason},
		{"for", app.FormatSpan(f.ForSeconds)},
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
