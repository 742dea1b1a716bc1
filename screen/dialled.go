package screen

import (
	"sync"

	"github.com/ringfence/ringfence/phone"
)

// maxDialled bounds how many dialled numbers are remembered. With a wide
// pattern in the dialplan, callers may dial any number.
const maxDialled = 1000

// dialledNumbers remembers dialled numbers that were parsed. A PBX has few,
// each call has one, and parsing a national spelling is slow.
var dialledNumbers = numbers{known: map[spelled]phone.Number{}}

type spelled struct {
	region phone.Region
	text   string
}

type numbers struct {
	mu    sync.Mutex
	known map[spelled]phone.Number
}

func (n *numbers) read(region phone.Region, text string) phone.Number {
	as := spelled{region, text}
	n.mu.Lock()
	number, known := n.known[as]
	n.mu.Unlock()
	if known {
		return number
	}
	number = region.Caller(text)
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.known) >= maxDialled {
		clear(n.known)
	}
	n.known[as] = number
	return number
}
