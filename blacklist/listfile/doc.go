// Package listfile reads lists of callers in the formats that they come in,
// and writes some of them.
package listfile
