package cli

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/listfile"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

func (p *program) exportCommand() *cli.Command {
	return &cli.Command{
		Name:     "export",
		Usage:    "write the list as a file",
		Category: categoryList,
		Description: `
Writes the list, or a part of it, to stdout, in the order of numbers. The
formats csv and jsonl hold all fields: "ringfence import" restores the list
from them (use --risky if it has short prefixes, emergency or own numbers).
FreePBX and plain text hold blocked numbers with their reasons. What a format
cannot hold is left out, counted and reported.

Examples:
   ringfence export > list.csv
   ringfence export --format jsonl | gzip > list.jsonl.gz
   ringfence export --format freepbx --kind block > blacklist.csv
   ringfence export --source ftc --format plain` + exits("0 written, even if the list is empty,"),
		Flags: append([]cli.Flag{
			&cli.StringFlag{
				Name: "format", Value: string(listfile.CSV), DefaultText: string(listfile.CSV),
				Usage: "write this `FORMAT`: " + strings.Join(texts(listfile.WrittenFormats()), ", "),
			},
			&cli.StringFlag{Name: "search", Usage: "only entries with this `TEXT`: a number in any spelling, a part of one, or a part of a reason"},
			kindFlag(),
			&cli.StringFlag{Name: "source", Usage: "only entries from the source `NAME`"},
		}, configFlags(config.NeedsStore|config.ReadsNumbers)...),
		Action: p.export,
	}
}

func (p *program) export(c *cli.Context) error {
	if err := noArguments(c); err != nil {
		return err
	}
	conf, err := p.config(c)
	if err != nil {
		return err
	}
	what, err := app.List{Region: conf.Region}.ReadExport(searched(c), c.String("format"))
	if err != nil {
		return err
	}
	return p.withProgress(c, conf, &input{}, func(ctx context.Context, s *store.Store, _ *progress) error {
		left, err := app.List{Store: s}.Export(ctx, p.out, what)
		if err != nil {
			return err
		}
		for _, lost := range slices.Sorted(maps.Keys(left)) {
			p.say("%d %s were left out: %s cannot hold them", left[lost], lost, what.Format)
		}
		return nil
	})
}
