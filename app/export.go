package app

import (
	"context"
	"errors"
	"io"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// Export is a part of the list to write as a file.
type Export struct {
	query blacklist.Query
	// Format is that of the file.
	Format listfile.Format
}

// ReadExport validates a search and a format.
func (l List) ReadExport(search Search, format string) (Export, error) {
	var errs Errors
	query, err := l.ReadSearch(search)
	errs.add("", err)
	query.Sort = blacklist.ByNumber
	e := Export{query, listfile.Format(format)}
	_, err = listfile.NewWriter(io.Discard, e.Format)
	errs.add("format", err)
	return e, errs.err()
}

// Export writes a part of the list in the order of numbers. It returns how many
// entries of each kind the format cannot hold.
func (l List) Export(ctx context.Context, w io.Writer, e Export) (left map[string]int64, err error) {
	out, err := listfile.NewWriter(w, e.Format)
	if err != nil {
		return nil, err
	}
	left = map[string]int64{}
	for entry, err := range l.Store.All(ctx, e.query) {
		if err != nil {
			return left, errors.Join(out.Flush(), err)
		}
		err := out.Write(entry)
		if lost, ok := errors.AsType[*listfile.UnsupportedError](err); ok {
			left[lost.What]++
		} else if err != nil {
			return left, err
		}
	}
	return left, out.Flush()
}
