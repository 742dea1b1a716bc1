// Package feed fetches and imports lists that others publish.
//
// A [Feed] is a subscription, a [State] the result of its fetches. A [Fetcher] downloads
// a file that has changed. It refuses a file that is too large, too slow or incomplete
// before anything is imported. A [Runner] fetches and imports the feeds that are due,
// each of them in one process at a time. A [Store] stores feeds, an [Importer] imports
// a file into the list.
package feed
