// Package lab provides real parts to the demo, the tests and the benchmark: an
// Asterisk, a Redis server, a SIP caller, a network that fails on request, and the
// ringfence program itself.
//
// Asterisk and Redis are those of the machine. If it has none, they are made
// from Debian's packages, without root, in the user's cache folder; that takes
// some seconds, once. Everything listens on 127.0.0.1, on ports found free, and
// keeps its files in a temporary folder that is gone when it ends. What was
// started also ends when the starting program dies.
//
// Package labtest provides the same parts to tests.
package lab
