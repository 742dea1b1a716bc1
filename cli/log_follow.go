package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/ringfence/ringfence/calllog"
	"github.com/ringfence/ringfence/config"
	"github.com/ringfence/ringfence/store"
)

// followLog shows the latest records and goes on with each new one until the
// context ends.
func (p *program) followLog(c *cli.Context, conf config.Config, format string, filter calllog.Filter, limit int) error {
	var after string
	shown := make(map[string]bool)
	err := p.withStore(c, conf, func(ctx context.Context, s *store.Store) error {
		// What comes after this record will be followed: it may have been
		// written before the next question and be in that answer as well.
		newest, err := s.Calls(ctx, calllog.Filter{}, 1)
		if err != nil {
			return err
		}
		after = beginningOfLog
		if len(newest) > 0 {
			after = newest[0].ID
		}
		records, err := s.Calls(ctx, filter, limit)
		if err != nil {
			return err
		}
		slices.Reverse(records)
		for _, record := range records {
			shown[record.ID] = true
		}
		return p.writeFollowed(format, records, true)
	})
	if err != nil {
		return err
	}
	s, err := p.openStore(conf, slog.New(slog.DiscardHandler))
	if err != nil {
		return err
	}
	defer s.Close() //nolint:errcheck // Nothing is left to be written.
	for lost := false; ; {
		err = s.Follow(c.Context, after, func(record calllog.Record) error {
			after, lost = record.ID, false
			if shown[record.ID] || !filter.Matches(record) {
				return nil
			}
			return p.writeFollowed(format, []calllog.Record{record}, false)
		})
		switch {
		case c.Err() != nil:
			return nil
		case !errors.Is(err, store.ErrUnreachable):
			return err
		case !lost:
			p.say("%s; trying again", err)
			lost = true
		}
		pause(c.Context, followPause)
	}
}

// followPause is how long --follow waits before it asks a lost Redis again.
const followPause = time.Second

// pause waits, but not beyond the end of the context.
func pause(ctx context.Context, length time.Duration) {
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

// beginningOfLog is the stream id before the first record.
const beginningOfLog = "0-0"

// writeFollowed writes records one by one: nobody knows how wide the columns
// of the next one will be.
func (p *program) writeFollowed(format string, records []calllog.Record, header bool) error {
	if format == outputCSV {
		return writeCSV(p.out, recordColumns(format), records, header)
	}
	for _, record := range records {
		var err error
		if format == outputJSON {
			err = writeJSONLine(p.out, record)
		} else {
			_, err = fmt.Fprintln(p.out, recordLine(record))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func recordLine(record calllog.Record) string {
	var line strings.Builder
	widths := []int{19, 16, 16, 9, 10, 9, 9, 15, 0}
	for i, column := range recordColumns(outputTable)[:len(widths)] {
		fmt.Fprintf(&line, "%-*s  ", widths[i], printable(tableText(column.cell(record))))
	}
	return strings.TrimRight(line.String(), " ")
}
