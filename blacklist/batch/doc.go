// Package batch imports files into the list, and undoes imports.
//
// # How a file is imported
//
// All rows are read and sorted by their rules; many rows are sorted in a temporary
// file, so memory is bounded. Then rows and list are read side by side, in the order
// of rules. Each change is written together with its part of the journal, which an
// undo uses. An entry is written completely or not at all. If an import is
// interrupted, run it again to complete it.
//
// # Which entry wins
//
// Of several rows with the same number the last one counts. A file does not change
// entries of other sources or allowed numbers. Entries of the source missing from
// the file are deleted, unless the file is a list of changes. If more than half of
// them would be deleted, nothing is written without Job.AllowShrink.
package batch
