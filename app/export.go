package app

import (
	"context"
	"errors"
	"io"

	"github.com/ringfence/ringfence/blacklist"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// Export is a part of the list to be written as a file.
type Export struct {
	query blacklist.Query
	// Format is that of the file.
	Format listfile.Format
}

// ReadExport reads what is to be written.
func (l List) ReadExport(search Search, format string) (Export, error) {
	query, err := l.Query(search)
	if err != nil {
		return Export{}, err
	}
	query.Sort = blacklist.ByNumber
	e := Export{query, listfile.Format(format)}
	if _, err := listfile.NewWriter(io.Discard, e.Format); err != nil {
		return e, Errorf(Invalid, "format", "%w", err)
	}
	return e, nil
}

// Export writes a part of the list in the order of numbers, and counts, by what
// they are, the entries that the format can't hold.
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
		if lost, ok := errors.AsType[*listfile.NotCarriedError](err); ok {
			left[lost.What]++
		} else if err != nil {
			return left, err
		}
	}
	return left, out.Flush()
}
