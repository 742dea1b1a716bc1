package cli

import (
	"errors"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist"
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
		}, configFlags(config.AsksStore|config.ReadsNumbers)...),
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
	query, err := app.List{Region: conf.Region}.Query(searched(c))
	if err != nil {
		return err
	}
	query.Sort = store.ByNumber
	format := listfile.Format(c.String("format"))
	if !slices.Contains(listfile.WrittenFormats(), format) {
		return usagef("--format: no format %q to write: choose one of %s", string(format), strings.Join(texts(listfile.WrittenFormats()), ", "))
	}
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	defer lean()()
	if err := checkSoon(c.Context, s); err != nil {
		return err
	}
	out, err := listfile.NewWriter(p.out, format)
	if err != nil {
		return err
	}
	left, err := writeEntries(out, s.All(c.Context, query))
	if err != nil {
		return err
	}
	for _, what := range slices.Sorted(maps.Keys(left)) {
		p.say("%d %s were left out: %s can't hold them", left[what], what, format)
	}
	return nil
}

// writeEntries writes entries and counts, by what they are, those that the
// format can't hold.
func writeEntries(out *listfile.Writer, entries iter.Seq2[blacklist.Entry, error]) (left map[string]int64, err error) {
	left = map[string]int64{}
	for entry, err := range entries {
		if err != nil {
			return left, errors.Join(out.Flush(), err)
		}
		err := out.Write(entry)
		if lost, ok := errors.AsType[*listfile.NotCarriedError](err); ok {
			left[lost.What]++
		} else if err != nil {
			return left, err
		}
	}
	return left, out.Flush()
}
