// Package batch changes the list by many rows at a time, so that it can be
// taken back: it imports files, and undoes imports.
//
// # How a file is imported
//
// The rows are read, those that can't be meant are refused, and the others are
// sorted by their rules, in a temporary file if there are many: memory stays
// the same whatever the size. Then rows and list are walked side by side, in
// the order of rules. What the list has already is only read. Every change is
// written to a journal before it is made, and the journal of a batch is what an
// undo goes by. Each entry changes whole or not at all; an import that was
// broken off is completed by running it again.
//
// # What stands
//
// Of several rows with the same number the last counts. Entries of other
// sources stand, whatever a file says, and so do allowed numbers. An entry of
// the source that its file doesn't name any more goes, unless the file is a
// list of changes; if more than half of the source's entries would go, nothing
// is written without being told so explicitly.
package batch
