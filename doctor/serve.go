package doctor

import (
	"cmp"
	"fmt"

	"github.com/ringfence/ringfence/ari"
	"github.com/ringfence/ringfence/web"
)

func (e ServeEvidence) part(name string) (web.Part, bool) {
	for _, part := range e.Health.Parts {
		if part.Name == name {
			return part, true
		}
	}
	return web.Part{}, false
}

func (e ServeEvidence) replaced() bool {
	part, known := e.part(web.PartAsterisk)
	return known && !part.OK && part.Reason == string(ari.Replaced)
}

// serveLine returns the line that starts `serve`, if it does not run.
func (e Evidence) serveLine() []string {
	if e.Serve.Err == nil {
		return nil
	}
	return []string{"ringfence serve"}
}

// startServe says how a program gets connected to the app, as the end of a sentence.
func (e Evidence) startServe() string {
	if e.Serve.Err != nil {
		return "; start ringfence serve"
	}
	return cmp.Or(e.serveSays(), "; restart ringfence serve, which runs at "+e.Target.HTTP+" with other options")
}

// serveSays returns the state of the connection that `serve` reports, as the end
// of a sentence.
func (e Evidence) serveSays() string {
	if part, known := e.Serve.part(web.PartAsterisk); known && !part.OK {
		return "; ringfence serve runs at " + e.Target.HTTP + " and says: " + part.State
	}
	return ""
}

// checkServe reports each part of `serve` that is not OK.
func checkServe(e Evidence) []Finding {
	const check = "serve"
	switch {
	case e.Serve.Err != nil && e.Asterisk.App == AppOurs:
		return []Finding{newFinding(check, Skip, fmt.Sprintf("no ringfence serve answers at %s; the one that is connected to Asterisk is elsewhere", e.Target.HTTP))}
	case e.Serve.Err != nil:
		return []Finding{newFinding(check, Skip, "no ringfence serve answers at "+e.Target.HTTP)}
	case e.Serve.Health.Status == web.StatusReady:
		return []Finding{newFinding(check, OK, "ringfence serve at "+e.Target.HTTP+" is ready")}
	}
	text := fmt.Sprintf("ringfence serve at %s is %s", e.Target.HTTP, e.Serve.Health.Status)
	var findings []Finding
	for _, part := range e.Serve.Health.Parts {
		if !part.OK {
			findings = append(findings, newFinding(check, partGrade(part.Vital), text+": "+part.Name+": "+part.State))
		}
	}
	if len(findings) == 0 {
		return []Finding{newFinding(check, partGrade(e.Serve.Health.Status == web.StatusDown), text+", and does not say why: read its log")}
	}
	return findings
}

// partGrade returns the grade of a part that is not OK.
func partGrade(vital bool) Grade {
	if vital {
		return Bad
	}
	return Warn
}
