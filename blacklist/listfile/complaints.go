package listfile

import (
	"cmp"
	"encoding/json"
	"strings"
)

// The lists of complaints. Numbers in them are of the authority's country,
// unless they name another, and must have one: a complaint about an extension
// is a mistake.
const (
	complaintRegion = "US"
	complaintCode   = "+1"
)

func complained(n numbers) numbers {
	n.region, n.code, n.abroad = complaintRegion, complaintCode, true
	return n
}

// newFTC reads a day of the calls that were reported to the Federal Trade
// Commission.
func newFTC(h header, n numbers, options Options) parser {
	n = complained(n)
	number, subject, robot := h.column("companyphonenumber"), h.column("subject"), h.column("recordedmessageorrobocall")
	return func(rec record, yield func(Row) bool) bool {
		text := rec.cell(subject)
		if rec.cell(robot) == "Y" {
			text += " (recorded message or robocall)"
		}
		return yield(n.complaint(rec, rec.cell(number), text, options))
	}
}

// newFCC reads the unwanted calls that were reported to the Federal
// Communications Commission, in any of the layouts that it has had.
func newFCC(h header, n numbers, options Options) parser {
	n = complained(n)
	number := h.column("calleridnumber")
	kinds := []int{
		h.column("typeofcallormessge", "typeofcallormessage", "typeofcall"),
		h.column("typeofcallormessagerobocalls"), h.column("typeofcallormessagetelemarketing"),
		h.column("issue", "phoneissues"),
	}
	return func(rec record, yield func(Row) bool) bool {
		text := ""
		for _, column := range kinds {
			if text = said(rec.cell(column)); text != "" {
				break
			}
		}
		return yield(n.complaint(rec, said(rec.cell(number)), text, options))
	}
}

// said returns what a cell of the FCC says, "" if that is nothing.
func said(cell string) string {
	cell = strings.TrimSpace(cell)
	switch cell {
	case "-", "None", "N/A":
		return ""
	}
	return cell
}

// fccComplaint is a complaint in the JSON of opendata.fcc.gov.
type fccComplaint struct {
	Number string `json:"caller_id_number"`
	Kind   string `json:"type_of_call_or_messge"` // spelled so
	Issue  string `json:"issue"`
}

func newFCCJSON(n numbers, options Options) parser {
	n = complained(n)
	return func(rec record, yield func(Row) bool) bool {
		var in fccComplaint
		if err := json.Unmarshal(rec.text, &in); err != nil {
			return yield(rec.refused(brokenJSON(err)))
		}
		text := cmp.Or(said(in.Kind), said(in.Issue))
		return yield(n.complaint(rec, said(in.Number), text, options))
	}
}

func (n numbers) complaint(rec record, number, reason string, options Options) Row {
	if number == "" {
		return rec.refused(&Problem{Cause: NoNumber, Detail: "the complaint names none"})
	}
	pattern, problem := n.read(number)
	if problem != nil {
		return rec.refused(problem)
	}
	row := Row{Line: rec.line, Reports: 1}
	row.Entry.Rule.Pattern, row.Entry.Kind, row.Entry.Reason = pattern, options.Kind, words(reason)
	return row
}
