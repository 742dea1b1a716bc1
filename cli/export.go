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
formats csv and jsonl hold everything: "ringfence import" makes the same list
of them, field for field, with --risky if short prefixes are in it. FreePBX and
plain text hold blocked numbers with their reasons; what a format can't hold is
left out, and told.

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
			&cli.StringFlag{Name: "search", Usage: "only with a number in any spelling, a part of one, or a part of a reason, a `TEXT`"},
			kindFlag(),
			&cli.StringFlag{Name: "source", Usage: "only what came from this `NAME`"},
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
	return p.withWatched(c, conf, &input{}, func(ctx context.Context, s *store.Store, _ *progress) error {
		left, err := app.List{Store: s}.Export(ctx, p.out, what)
		if err != nil {
			return err
		}
		for _, lost := range slices.Sorted(maps.Keys(left)) {
			p.say("%d %s were left out: %s can't hold them", left[lost], lost, what.Format)
		}
		return nil
	})
}
