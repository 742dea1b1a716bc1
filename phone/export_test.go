package phone

// What the tests compare the short cuts with.
var (
	Settled = settled
	Strip   = strip
)

// SlowCaller is Caller without its short cut.
func (r Region) SlowCaller(text string) Number {
	n, _ := r.read(text)
	return n
}
