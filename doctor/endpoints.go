package doctor

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// maxEndpoints bounds how many endpoints Asterisk's console is asked about.
const maxEndpoints = 20

// askEndpoints lists the PJSIP endpoints, and asks for the context of some. It returns nil if Asterisk has none.
func askEndpoints(ctx context.Context, ask Console) []Endpoint {
	shown, err := ask(ctx, "pjsip show endpoints")
	if err != nil {
		return nil
	}
	endpoints, asked := readEndpoints(shown), 0
	// Those that may be trunks come first, and a few telephones after them.
	slices.SortStableFunc(endpoints, func(a, b Endpoint) int { return rank(a) - rank(b) })
	for i := range endpoints {
		if asked == maxEndpoints || strings.ContainsAny(endpoints[i].Name, " \"'\\;") {
			continue
		}
		asked++
		details, err := ask(ctx, "pjsip show endpoint "+endpoints[i].Name)
		if err != nil {
			break
		}
		endpoints[i].addDetails(details)
	}
	return endpoints
}

func rank(e Endpoint) int {
	switch {
	case e.trunk():
		return 0
	case !e.Registers:
		return 1
	}
	return 2
}

// trunk reports whether calls from outside come from the endpoint.
func (e Endpoint) trunk() bool {
	return !e.Registers && (e.LogsIn || e.Known || e.Name == "anonymous")
}

// readEndpoints parses the output of "pjsip show endpoints".
func readEndpoints(text string) []Endpoint {
	var endpoints []Endpoint
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		name, value, found := strings.Cut(strings.TrimSpace(line), ":")
		words := strings.Fields(value)
		if !found || len(words) == 0 || strings.HasPrefix(words[0], "<") {
			continue
		}
		if name == "Endpoint" {
			// A caller ID may follow the name.
			endpoint, _, _ := strings.Cut(words[0], "/")
			endpoints = append(endpoints, Endpoint{Name: endpoint})
			continue
		}
		if len(endpoints) == 0 {
			continue
		}
		last := &endpoints[len(endpoints)-1]
		switch name {
		case "Aor":
			last.Registers = last.Registers || words[len(words)-1] != "0"
		case "OutAuth":
			last.LogsIn = true
		case "Match":
			last.Known = true
		}
	}
	return endpoints
}

// addDetails adds what "pjsip show endpoint NAME" says.
func (e *Endpoint) addDetails(text string) {
	for line := range strings.Lines(colours.ReplaceAllString(text, "")) {
		name, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "context":
			e.Context = value
		case "trust_id_inbound":
			e.Trusts = yes(value)
		case "send_pai", "send_rpid":
			e.SendsIdentity = e.SendsIdentity || yes(value)
		}
	}
}

// checkIdentity checks whether trunks are trusted with the identity that they
// send. Whether they send one is not known.
func checkIdentity(e Evidence) []Finding {
	const check = "identity"
	var trunks, exchanged []string
	for _, endpoint := range e.Console.Endpoints {
		if !endpoint.trunk() || endpoint.Context == "" || endpoint.Trusts {
			continue
		}
		trunks = append(trunks, endpoint.Name)
		if endpoint.SendsIdentity {
			exchanged = append(exchanged, endpoint.Name)
		}
	}
	write := []string{"trust_id_inbound = yes", e.rx("module reload res_pjsip.so")}
	const effect = "the P-Asserted-Identity that comes from it does not count, and Ringfence screens the number in From; a second PBX puts the extension that transferred the call there"
	switch {
	case len(exchanged) > 0:
		return []Finding{newFinding(check, Warn, fmt.Sprintf("the endpoint %s is sent identities, but is not trusted with its own (trust_id_inbound=no): %s. If you trust it, write in its section of %s",
			places(exchanged), effect, e.Files.path("pjsip.conf")), write...)}
	case len(trunks) > 0:
		return []Finding{newFinding(check, OK, fmt.Sprintf("the endpoint %s is not trusted with an identity (trust_id_inbound=no): %s. If it sends the true caller so, and you trust it, write trust_id_inbound = yes in its section of %s",
			places(trunks), effect, e.Files.path("pjsip.conf")))}
	}
	return nil
}

// shownPlaces is how many places a finding names.
const shownPlaces = 3

// places lists the first places, and how many more there are.
func places(all []string) string {
	return strings.Join(all[:min(shownPlaces, len(all))], ", ") + andMore(max(0, len(all)-shownPlaces))
}
