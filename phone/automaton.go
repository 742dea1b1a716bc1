package phone

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"strconv"
	"sync"

	"github.com/nyaruka/phonenumbers"
)

// automaton tells which national numbers of a country code are valid, as the
// numbering library does, at a nanosecond a digit: the library tries dozens
// of expressions, the automaton is all of them at once.
type automaton struct {
	next  [][10]uint16 // by state and digit; state 0 is where no number begins
	valid []uint32     // by state: a bit for each length that is valid here
}

// maxStates is where the building of an automaton is given up. The largest
// one has some hundreds.
const maxStates = 1 << 14

// holds reports whether the digits are a valid national number.
func (a *automaton) holds(national string) bool {
	state := uint16(1)
	for i := range len(national) {
		if state = a.next[state][national[i]-'0']; state == 0 {
			return false
		}
	}
	return a.valid[state]&(1<<len(national)) != 0
}

var automata [1000]struct {
	once sync.Once
	*automaton
}

// automatonOf returns the automaton of a country code, nil if it has none
// that is small enough.
func automatonOf(code string) *automaton {
	number, err := strconv.Atoi(code)
	if err != nil || number < 0 || number >= len(automata) {
		return nil
	}
	a := &automata[number]
	a.once.Do(func() { a.automaton = newAutomaton(number) })
	return a.automaton
}

// machine is the expressions of a country code, each compiled; an
// instruction is a number of all of them together.
type machine struct {
	insts   []syntax.Inst
	starts  []uint32
	matches map[uint32]int // which expression a match is of
	foreign bool           // there is what digits alone don't decide
	seen    []int          // by instruction: the last closure that it was in
	round   int            // counts the closures
}

func (m *machine) add(expression string) int {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		panic(err)
	}
	program, err := syntax.Compile(parsed.Simplify())
	if err != nil {
		panic(err)
	}
	base := uint32(len(m.insts)) //nolint:gosec // there are some thousands
	id := len(m.starts)
	m.starts = append(m.starts, base+uint32(program.Start)) //nolint:gosec // likewise
	for i, inst := range program.Inst {
		inst.Out += base
		if inst.Op == syntax.InstAlt || inst.Op == syntax.InstAltMatch {
			inst.Arg += base
		}
		if inst.Op == syntax.InstMatch {
			m.matches[base+uint32(i)] = id
		}
		m.foreign = m.foreign || inst.Op == syntax.InstEmptyWidth
		m.insts = append(m.insts, inst)
	}
	return id
}

// closure returns the instructions that are reached without a digit, sorted:
// those that take one, and matches.
func (m *machine) closure(from []uint32) []uint32 {
	if len(m.seen) < len(m.insts) {
		m.seen = make([]int, len(m.insts))
	}
	m.round++
	var set []uint32
	for len(from) > 0 {
		at := from[len(from)-1]
		from = from[:len(from)-1]
		if m.seen[at] == m.round {
			continue
		}
		m.seen[at] = m.round
		switch inst := &m.insts[at]; inst.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			from = append(from, inst.Out, inst.Arg)
		case syntax.InstCapture, syntax.InstNop:
			from = append(from, inst.Out)
		case syntax.InstFail:
		default:
			set = append(set, at)
		}
	}
	slices.Sort(set)
	return set
}

// step returns what follows a set of instructions by a digit.
func (m *machine) step(set []uint32, digit rune) []uint32 {
	var next []uint32
	for _, at := range set {
		if inst := &m.insts[at]; inst.Op != syntax.InstMatch && inst.MatchRune(digit) {
			next = append(next, inst.Out)
		}
	}
	return m.closure(next)
}

// newAutomaton builds the automaton of a country code: a state is the set of
// instructions at which some digits can stand.
func newAutomaton(code int) *automaton {
	m := &machine{matches: make(map[uint32]int)}
	v := newValidity(m, code)
	a := &automaton{}
	var sets [][]uint32
	known := make(map[string]uint16)
	state := func(set []uint32) uint16 {
		key := make([]byte, 0, 4*len(set))
		for _, at := range set {
			key = binary.LittleEndian.AppendUint32(key, at)
		}
		id, ok := known[string(key)]
		if !ok {
			id = uint16(len(sets)) //nolint:gosec // maxStates bounds them
			known[string(key)] = id
			sets = append(sets, set)
		}
		return id
	}
	state(nil)
	state(m.closure(slices.Clone(m.starts)))
	for id := 0; id < len(sets); id++ {
		var next [10]uint16
		for digit := range next {
			next[digit] = state(m.step(sets[id], '0'+rune(digit)))
		}
		if len(sets) > maxStates || m.foreign {
			return nil
		}
		a.next = append(a.next, next)
		a.valid = append(a.valid, v.lengths(m.matched(sets[id])))
	}
	return a
}

func (m *machine) matched(set []uint32) map[int]bool {
	matched := make(map[int]bool)
	for _, at := range set {
		if id, ok := m.matches[at]; ok {
			matched[id] = true
		}
	}
	return matched
}

// validity is what the library asks of a number: which of the regions that
// share a country code it is of, and whether it is of any type there.
type validity struct {
	regions []regionRules
}

type regionRules struct {
	leading int // the expression of the first digits, or none
	general rule
	types   []rule
}

// rule is a description of numbers: an expression and the lengths it is for.
type rule struct {
	expression int
	lengths    []int32
}

const none = -1

func newValidity(m *machine, code int) validity {
	byRegion := make(map[string]*phonenumbers.PhoneMetadata)
	for _, data := range metadata() {
		if int(data.GetCountryCode()) == code {
			byRegion[data.GetId()] = data
		}
	}
	var v validity
	for _, region := range phonenumbers.GetRegionCodesForCountryCode(code) {
		data := byRegion[region]
		rules := regionRules{leading: none, general: newRule(m, data.GetGeneralDesc())}
		if leading := data.GetLeadingDigits(); leading != "" {
			rules.leading = m.add("(?:" + leading + ")[0-9]*")
		}
		for _, description := range []*phonenumbers.PhoneNumberDesc{
			data.GetPremiumRate(), data.GetTollFree(), data.GetSharedCost(), data.GetVoip(), data.GetPersonalNumber(),
			data.GetPager(), data.GetUan(), data.GetVoicemail(), data.GetFixedLine(), data.GetMobile(),
		} {
			rules.types = append(rules.types, newRule(m, description))
		}
		v.regions = append(v.regions, rules)
	}
	return v
}

func newRule(m *machine, description *phonenumbers.PhoneNumberDesc) rule {
	return rule{m.add(description.GetNationalNumberPattern()), description.GetPossibleLength()}
}

// lengths returns a bit for each length at which digits that match the
// expressions are a valid number.
func (v validity) lengths(matched map[int]bool) uint32 {
	var lengths uint32
	for length := 2; length <= maxDigits; length++ {
		if v.valid(matched, int32(length)) {
			lengths |= 1 << length
		}
	}
	return lengths
}

func (v validity) valid(matched map[int]bool, length int32) bool {
	for _, region := range v.regions {
		switch {
		case len(v.regions) == 1:
			return region.hasType(matched, length)
		case region.leading != none:
			if matched[region.leading] {
				return region.hasType(matched, length)
			}
		case region.hasType(matched, length):
			return true
		}
	}
	return false
}

func (r regionRules) hasType(matched map[int]bool, length int32) bool {
	return r.general.fits(matched, length) &&
		slices.ContainsFunc(r.types, func(t rule) bool { return t.fits(matched, length) })
}

func (r rule) fits(matched map[int]bool, length int32) bool {
	return matched[r.expression] && (len(r.lengths) == 0 || slices.Contains(r.lengths, length))
}
