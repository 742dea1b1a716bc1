// Package app holds the actions of users, independent of the command line. It
// validates input and returns typed results, and errors with a kind and a field. It
// knows no flags, no HTTP and no layout.
//
// # How an action runs
//
// The methods that begin with Read validate what a user typed. They ask no store. An
// input of several fields gives Errors, one for each thing that is wrong. The other
// methods ask the store. KindOf returns the kind of every error.
//
// Each change needs its actor in the context:
//
//	ctx = audit.As(ctx, audit.By{Name: "alice", Via: audit.API})
//
// Without an actor, the audit log, batches, feeds and entries name no one.
//
// # The types and their commands
//
//	List      block, allow, remove, list, export, check, log block, log allow
//	Batches   import, import list, import undo, audit undo
//	Feeds     feed
//	Hours     hours
//	Settings  settings
//	Log       log, log show
//	Stats     stats
//	Replays   replay
//	Audit     audit
//
// NewFeedImporter and OneAtATime are for serve, which runs feeds when they are due.
package app
