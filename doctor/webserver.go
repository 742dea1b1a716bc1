package doctor

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/ringfence/ringfence/ari"
)

const (
	// defaultSessions is Asterisk's own limit of connections.
	defaultSessions = 100
	// spareConnections should be left for others.
	spareConnections = 20
)

// checkConnections checks the limit in http.conf, which the console does not show.
func checkConnections(e Evidence) Finding {
	const check = "http"
	if e.Files.HTTP == nil {
		return newFinding(check, Skip, fmt.Sprintf("the limit of connections is not known: %s cannot be read", e.Files.path("http.conf")))
	}
	limit := defaultSessions
	if text, set := e.Files.HTTP.value("general", "sessionlimit"); set {
		number, err := strconv.Atoi(text)
		if err != nil {
			return newFinding(check, Warn, fmt.Sprintf("sessionlimit in %s is not a number: %q", e.Files.path("http.conf"), text),
				e.raiseLimit()...)
		}
		limit = number
	}
	text := fmt.Sprintf("Asterisk's web server accepts %d connections; Ringfence needs up to %d", limit, ari.MaxConnections)
	switch {
	case limit < ari.MaxConnections:
		return newFinding(check, Bad, text, e.raiseLimit()...)
	case limit < ari.MaxConnections+spareConnections:
		return newFinding(check, Warn, text, e.raiseLimit()...)
	}
	return newFinding(check, OK, text)
}

func (e Evidence) raiseLimit() []string {
	return []string{e.set("http.conf", "sessionlimit", "500"), e.rx("module reload http")}
}

// checkRecords checks that Asterisk writes a record of refused calls.
func checkRecords(e Evidence) Finding {
	const check = "cdr"
	enabled, unanswered := e.Console.CDR, e.Console.CDRUnanswered
	if !e.Console.CDRKnown {
		if e.Console.Err == nil {
			return newFinding(check, Warn, "Asterisk writes no call detail records", e.write("cdr.conf"), e.rx("module load cdr_csv.so"))
		}
		if e.Files.CDR == nil {
			return newFinding(check, Skip, "whether refused calls get a call detail record is not known: the console does not answer and there is no cdr.conf")
		}
		text, set := e.Files.CDR.value("general", "enable")
		enabled = !set || yes(text)
		text, _ = e.Files.CDR.value("general", "unanswered")
		unanswered = yes(text)
	}
	if enabled && unanswered {
		return newFinding(check, OK, "refused calls get a call detail record")
	}
	key, text := "unanswered", "calls that were not answered, such as refused ones, get no call detail record"
	if !enabled {
		key, text = "enable", "Asterisk's call detail records are off"
	}
	lines := []string{e.set("cdr.conf", key, "yes")}
	if e.Files.CDR == nil && e.Files.Unread == nil {
		lines = []string{e.write("cdr.conf")}
	} else if !enabled && !unanswered {
		lines = append(lines, e.set("cdr.conf", "unanswered", "yes"))
	}
	return newFinding(check, Warn, text, slices.Concat(lines, []string{e.rx("module reload cdr")})...)
}
