package cli

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/ringfence/ringfence/app"
	"github.com/ringfence/ringfence/blacklist/listfile"
)

// rejectsFile is a file that appears with its name when it is whole. Without a
// name there is none.
type rejectsFile struct {
	name  string
	file  *os.File
	table *csv.Writer
}

// begin begins the file for what is refused of another. An older one of the
// same name goes at once, so that it isn't taken for that of an import which
// came to nothing.
func (r *rejectsFile) begin(name, of string) error {
	if name == "" {
		return nil
	}
	folder := filepath.Dir(name)
	if about, err := os.Stat(folder); err != nil || !about.IsDir() {
		return usagef("--rejects: there is no folder %s", folder)
	}
	if about, err := os.Stat(name); err == nil {
		input, err := os.Stat(of)
		switch {
		case !about.Mode().IsRegular():
			return usagef("--rejects: %s is no file that can be replaced", name)
		case err == nil && os.SameFile(about, input):
			return usagef("--rejects: %s is the file that is imported; name another", name)
		}
	}
	file, err := os.CreateTemp(folder, "."+filepath.Base(name)+"-*")
	if errors.Is(err, fs.ErrPermission) {
		return usagef("--rejects: nothing can be written into the folder %s", folder)
	}
	if err != nil {
		return usagef("--rejects: %w", err)
	}
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		_ = os.Remove(file.Name())
		return usagef("--rejects: %w", err)
	}
	r.name, r.file, r.table = name, file, csv.NewWriter(file)
	_ = r.table.Write([]string{"line", "cause", "detail", "text"}) // save returns the error.
	return nil
}

// row writes a row. Its texts were written by others: a spreadsheet must not
// take them for formulas, nor a terminal for commands.
func (r *rejectsFile) row(one app.Reject) error {
	if r.file == nil {
		return nil
	}
	return r.table.Write([]string{
		strconv.FormatInt(one.Line, 10), string(one.Cause), listfile.Protect(printable(one.Detail)), listfile.Protect(printable(one.Text)),
	})
}

// save gives the file its name.
func (r *rejectsFile) save() error {
	if r.file == nil {
		return nil
	}
	r.table.Flush()
	err := r.table.Error()
	if closed := r.file.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(r.file.Name(), r.name)
	}
	if err != nil {
		return fmt.Errorf("--rejects: %w", err)
	}
	r.file = nil
	return nil
}

// discard throws away what wasn't saved.
func (r *rejectsFile) discard() {
	if r.file != nil {
		_ = r.file.Close()
		_ = os.Remove(r.file.Name())
	}
}
