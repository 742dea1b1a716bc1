// Package ari keeps one Asterisk's Stasis application served: it holds the
// event socket, hands each call that enters Stasis to a [Handler], and gives
// the handler the few requests that it needs to answer with. It knows nothing
// of why a call is refused.
//
// Whatever happens to the handler, to this process or to the connection, a
// call goes on: to Config.Fallback while requests reach Asterisk, and by the
// dialplan's own guards (STASISSTATUS=FAILED and an absolute timeout) when
// they do not.
//
// # What is taken from github.com/CyCoreSystems/ari/v5
//
// The types of events and bodies, and its event decoder. Its native client is
// not on a call's way: its requests take no context and have no deadline, its
// error codes are lost by wrapping, it churns through connections, and its
// event loop crashes the process at an event type that it does not know. A
// request that decides how long a caller waits has to end in time, so rest.go
// has the ten requests that are used, each with a context, a deadline and one
// bounded pool of connections.
package ari
