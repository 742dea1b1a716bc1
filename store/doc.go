// Package store keeps the list, the policy and the call log in Redis, and is
// the only package that knows it. Keys are named in keys.go; a script of
// Redis is a *.lua file.
//
// What must change together lies in one hash slot and changes in one
// script or transaction; keys of different slots never share one, so that a
// Redis Cluster can hold them. Where two slots must agree, the order of the
// steps keeps the list consistent: no entry is ever without its place in the
// index.
package store
