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

// rejectsFile is the file of --rejects. It gets its name when it is complete.
// Without a name nothing is written.
type rejectsFile struct {
	name  string
	file  *os.File
	table *csv.Writer
}

// begin creates the file for the refused rows of the file of. It removes an older
// file with the same name, which could be taken for the result of a failed
// import.
func (r *rejectsFile) begin(name, of string) error {
	if name == "" {
		return nil
	}
	folder := filepath.Dir(name)
	if about, err := os.Stat(folder); err != nil || !about.IsDir() {
		return usagef("--rejects: no directory %s", folder)
	}
	if about, err := os.Stat(name); err == nil {
		input, err := os.Stat(of)
		switch {
		case !about.Mode().IsRegular():
			return usagef("--rejects: %s is not a regular file", name)
		case err == nil && os.SameFile(about, input):
			return usagef("--rejects: %s is the file to import; name another file", name)
		}
	}
	file, err := os.CreateTemp(folder, "."+filepath.Base(name)+"-*")
	if errors.Is(err, fs.ErrPermission) {
		return usagef("--rejects: no permission to write to the directory %s", folder)
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

// row writes a row. Its texts are not trusted: they are escaped for spreadsheets
// and terminals.
func (r *rejectsFile) row(one app.Reject) error {
	if r.file == nil {
		return nil
	}
	return r.table.Write([]string{
		strconv.FormatInt(one.Line, 10), string(one.Cause), listfile.Protect(printable(one.Detail)), listfile.Protect(printable(one.Text)),
	})
}

// save completes the file and gives it its name.
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

// discard removes the file if it was not saved.
func (r *rejectsFile) discard() {
	if r.file != nil {
		_ = r.file.Close()
		_ = os.Remove(r.file.Name())
	}
}
