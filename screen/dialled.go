package screen

import (
	"sync"

	"github.com/ringfence/ringfence/phone"
)

// maxDialled bounds what is remembered of dialled numbers. A caller may dial
// whatever a careless pattern of the dialplan lets through.
const maxDialled = 1000

// dialledNumbers remembers how dialled numbers are read: a PBX has few of its
// own, each call names one, and national spellings take their time.
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
