package listfile

import (
	"bytes"
	"encoding/json"
)

// The lists of complaints. Numbers in them are of the authority's country,
// unless they name another, and must have one: a complaint about an extension
// is a slip.
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
	var reasons pool
	return func(rec record, yield func(Row) bool) bool {
		text := rec.cell(subject)
		if string(rec.cell(robot)) == "Y" {
			text = append(bytes.Clone(text), " (recorded message or robocall)"...)
		}
		return yield(n.complaint(rec, rec.cell(number), reasons.of(text), options))
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
	var reasons pool
	return func(rec record, yield func(Row) bool) bool {
		var text []byte
		for _, column := range kinds {
			if text = said(rec.cell(column)); text != nil {
				break
			}
		}
		return yield(n.complaint(rec, said(rec.cell(number)), reasons.of(text), options))
	}
}

// said returns what a cell of the FCC says, nil if that is nothing.
func said(cell []byte) []byte {
	cell = bytes.TrimSpace(cell)
	switch string(cell) {
	case "", "-", "None", "N/A":
		return nil
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
	var reasons pool
	return func(rec record, yield func(Row) bool) bool {
		var in fccComplaint
		if err := json.Unmarshal(rec.text, &in); err != nil {
			return yield(rec.refused(brokenJSON(err)))
		}
		text := said([]byte(in.Kind))
		if text == nil {
			text = said([]byte(in.Issue))
		}
		return yield(n.complaint(rec, said([]byte(in.Number)), reasons.of(text), options))
	}
}

func (n numbers) complaint(rec record, number []byte, reason string, options Options) Row {
	if len(number) == 0 {
		return rec.refused(&Problem{Cause: NoNumber, Detail: "the complaint names none"})
	}
	pattern, problem := n.read(string(number))
	if problem != nil {
		return rec.refused(problem)
	}
	row := Row{Line: rec.line, Reports: 1}
	row.Entry.Rule.Pattern, row.Entry.Kind, row.Entry.Reason = pattern, options.Kind, reason
	return row
}
