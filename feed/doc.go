// Package feed keeps subscriptions: lists that others publish, fetched again
// and again and brought into the list.
//
// A [Feed] is what somebody subscribed to, a [State] what became of it. A
// [Fetcher] downloads what has changed since, and refuses what is too large,
// too slow or incomplete before any of it is used. A [Runner] does both for the
// feeds that are due, each of them in one process at a time. Where feeds are
// kept and how a file is brought into the list is told by interfaces.
package feed
