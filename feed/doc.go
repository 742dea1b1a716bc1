// Package feed keeps subscriptions: lists that others publish, fetched again
// and again and brought into the list.
//
// A [Feed] is a subscription, a [State] what the looks at it found. A [Fetcher]
// downloads what has changed since, and refuses what is too large, too slow or
// incomplete before any of it is used. A [Runner] does both for the feeds that
// are due, each of them in one process at a time. A [Store] keeps feeds, an
// [Importer] brings a file into the list.
package feed
