package ari

import (
	"runtime"
	"sync"
)

// pool does one thing for each item it is given, a limited number at once. It
// starts a goroutine when it is given work and ends it when none is left.
type pool[T any] struct {
	limit int // at once
	room  int // waiting; negative means any number
	do    func(T)

	mu      sync.Mutex
	running int
	waiting []T
	done    int
	group   sync.WaitGroup
}

// give hands an item over and never blocks. It reports whether there was room.
func (p *pool[T]) give(item T) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running < p.limit {
		p.running++
		p.group.Go(func() { p.work(item) })
		return true
	}
	if p.room >= 0 && len(p.waiting) >= p.room {
		return false
	}
	p.waiting = append(p.waiting, item)
	return true
}

func (p *pool[T]) work(item T) {
	growStack()
	for more := true; more; {
		p.do(item)
		item, more = p.next()
	}
}

func (p *pool[T]) next() (item T, more bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done++
	if len(p.waiting) == 0 {
		p.waiting = nil
		p.running--
		return item, false
	}
	var zero T
	item, p.waiting[0] = p.waiting[0], zero
	p.waiting = p.waiting[1:]
	return item, true
}

// state returns how many items wait and how many are done.
func (p *pool[T]) state() (waiting, done int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.waiting), p.done
}

// growStack makes room on the stack of a goroutine that has just begun: enough
// for a call's way to Redis and to Asterisk. Later, and step by step, the
// runtime would take a twentieth of all that a call costs for it.
//
//go:noinline
func growStack() {
	var room [7 << 10]byte
	runtime.KeepAlive(&room)
}
