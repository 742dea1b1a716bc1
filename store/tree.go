package store

import (
	"context"
	_ "embed"
	"iter"
	"strings"
)

//go:embed read.lua
var readText string

var readScript = newScript(readText)

// The directions in which a tree of the index is read.
const (
	upwards   = 1
	downwards = -1
)

// maxPages is how many pages one run of read.lua returns.
const maxPages = 64

// pagesOf yields the pages of a tree in one direction, from the one on where a
// key belongs, "" standing for the end from which it goes. It asks for one
// page first, and for more each time.
func (s *Store) pagesOf(ctx context.Context, tree string, direction int, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for n := 1; ; n = min(4*n, maxPages) {
			answer, err := s.run(ctx, readScript, []string{tree}, direction, from, n)
			if err != nil {
				yield("", err)
				return
			}
			following, texts, err := readPages(answer)
			if err != nil {
				yield("", err)
				return
			}
			for _, text := range texts {
				if !yield(text, nil) {
					return
				}
			}
			if from = following; from == "" {
				return
			}
		}
	}
}

func readPages(answer any) (following string, texts []string, err error) {
	parts, err := list(answer)
	if err != nil || len(parts) != 2 {
		return "", nil, errReply
	}
	following, isText := parts[0].(string)
	pages, err := list(parts[1])
	if err != nil || !isText {
		return "", nil, errReply
	}
	for _, page := range pages {
		// One without a text has been damaged by hand.
		if text, isText := page.(string); isText {
			texts = append(texts, text)
		}
	}
	return following, texts, nil
}

// linesBelow yields the lines of a page from the last to the first.
func linesBelow(page string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for page = strings.TrimSuffix(page, "\n"); page != ""; {
			start := strings.LastIndexByte(page, '\n') + 1
			if !yield(page[start:]) {
				return
			}
			page = strings.TrimSuffix(page[:start], "\n")
		}
	}
}

// linesAbove yields the lines of a page from the first to the last.
func linesAbove(page string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(page) {
			if !yield(strings.TrimSuffix(line, "\n")) {
				return
			}
		}
	}
}

// linesOfTree yields the lines of a tree.
func (s *Store) linesOfTree(ctx context.Context, tree string, direction int, from string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for page, err := range s.pagesOf(ctx, tree, direction, from) {
			if err != nil {
				yield("", err)
				return
			}
			lines := linesAbove(page)
			if direction == downwards {
				lines = linesBelow(page)
			}
			for line := range lines {
				if !yield(line, nil) {
					return
				}
			}
		}
	}
}

// ahead reads what a sequence yields in another goroutine, a little ahead.
func ahead[T any](ctx context.Context, read func(context.Context) iter.Seq2[T, error]) iter.Seq2[T, error] {
	type item struct {
		value T
		err   error
	}
	return func(yield func(T, error) bool) {
		ctx, stop := context.WithCancel(ctx)
		items := make(chan item, maxPages)
		defer func() {
			stop()
			for range items { // until the reader has ended
			}
		}()
		go func() {
			defer close(items)
			for value, err := range read(ctx) {
				select {
				case items <- item{value, err}:
				case <-ctx.Done():
					return
				}
			}
		}()
		for item := range items {
			if !yield(item.value, item.err) {
				return
			}
		}
	}
}
