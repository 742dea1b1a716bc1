package cli

import (
	"context"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/audit"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/phone"
	"github.com/ringfence/ringfence/store"
)

func (p *program) auditCommand() *cli.Command {
	return &cli.Command{
		Name:     "audit",
		Usage:    "show who changed what, and when",
		Category: categoryList,
		Description: `
Shows the changes of the list, the settings and the feeds, the newest first,
one a line: when it was recorded by Redis' clock, who made it, by which way,
and what was before and after. BY is who typed the command, behind sudo the
user who called it; --author of block and allow is only what an entry says.
VIA is cli for a command, api for the console and the HTTP API, feed for a
subscription, rule for a rule that lists callers by itself and phone for a
telephone at which a star code was dialled.

An import, an undo or a feed's run is told as a whole, with the id of its batch,
and --number doesn't look into it. An entry that ends when its time is over is
no change. JSON has whole events, up
to 100 changes each, and --limit counts these. Nothing alters the trail; the
oldest of about 100,000 events go when new ones come.

Examples:
   ringfence audit --number "030 123456"
   ringfence audit --by alice --since 7d
   ringfence audit --action settings
   ringfence audit --limit 0 --output csv > audit.csv` + exits("0 shown, even if nothing was found,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{Name: "since", Usage: "only from this `TIME` on: 2h for the last two hours, 2026-11-23, 14:30"},
			&cli.StringFlag{Name: "until", Usage: "only before this `TIME`"},
			&cli.StringFlag{Name: "by", Usage: "only by the user, feed, rule or telephone of this `NAME`"},
			choose(&cli.StringFlag{Name: "via", Usage: "only by this `WAY`"}, audit.Vias()...),
			choose(&cli.StringFlag{Name: "action", Usage: "only this `ACTION`"}, audit.Actions()...),
			&cli.StringFlag{Name: "number", Usage: "only what changed the entries of just this `NUMBER` or PREFIX*"},
			&cli.StringFlag{Name: "batch", Usage: "only the batch with this `ID`"},
			limitFlag(),
			newOutputFlag(outputTable, outputJSON, outputCSV),
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
		Action: p.audit,
	}
}

func (p *program) audit(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, format, err := p.configAndOutput(c, outputTable, outputJSON, outputCSV)
	if err != nil {
		return err
	}
	limit, err := readLimit(c)
	if err != nil {
		return err
	}
	filter, err := p.readAuditFilter(c, conf.Region)
	if err != nil {
		return err
	}
	asked := limit
	if limit > 0 {
		asked++ // One more tells whether there are more.
	}
	return p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		events, err := s.Audit(ctx, filter, asked)
		if err != nil {
			return err
		}
		if format == outputJSON {
			return writeNewest(p, format, nil, events, limit)
		}
		return writeNewest(p, format, auditColumns(format), auditLines(events, filter), limit)
	})
}

// writeNewest writes the first rows, and says if there are more.
func writeNewest[T any](p *program, format string, columns []column[T], rows []T, limit int) error {
	more := limit > 0 && len(rows) > limit
	if more {
		rows = rows[:limit]
	}
	if err := writeRows(p.out, format, columns, rows); err != nil {
		return err
	}
	if more {
		p.say("the newest %d; --limit 0 shows all", limit)
	}
	return nil
}

func (p *program) readAuditFilter(c *cli.Context, region phone.Region) (audit.Filter, error) {
	filter := audit.Filter{By: c.String("by"), Batch: c.String("batch")}
	var err error
	if filter.Since, filter.Until, err = app.Times(c.String("since"), c.String("until"), p.now()); err != nil {
		return filter, err
	}
	if c.IsSet("via") {
		if filter.Via, err = audit.ParseVia(c.String("via")); err != nil {
			return filter, usagef("--via: %w", err)
		}
	}
	if c.IsSet("action") {
		if filter.Action, err = audit.ParseAction(c.String("action")); err != nil {
			return filter, usagef("--action: %w", err)
		}
	}
	if c.IsSet("number") {
		if filter.Pattern, err = region.Pattern(c.String("number")); err != nil {
			return filter, usagef("--number: %w", err)
		}
	}
	return filter, nil
}
