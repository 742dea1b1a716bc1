package listfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
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

// phoneBlockRow is a number of a PhoneBlock list: the public one has votes,
// personal ones have a label and a comment.
type phoneBlockRow struct {
	Phone   string `json:"phone"`
	Rating  string `json:"rating"`
	Votes   *int   `json:"votes"`
	Label   string `json:"label"`
	Comment string `json:"comment"`
}

const ratedLegitimate = "A_LEGITIMATE"

// ratings are PhoneBlock's ratings in words.
var ratings = map[string]string{
	ratedLegitimate: "legitimate",
	"B_MISSED":      "missed call",
	"C_PING":        "ping call",
	"D_POLL":        "poll",
	"E_ADVERTISING": "advertising",
	"F_GAMBLE":      "gambling",
	"G_FRAUD":       "fraud",
}

func newPhoneBlock(n numbers, options Options) parser {
	n.abroad = true
	return func(rec record, yield func(Row) bool) bool {
		row := Row{Line: rec.line, Reports: 1}
		if problem := row.phoneBlock(rec.text, n, options.Kind); problem != nil {
			return yield(rec.refused(problem))
		}
		return yield(row)
	}
}

func (row *Row) phoneBlock(text []byte, n numbers, kind blacklist.Kind) (problem *Problem) {
	var in phoneBlockRow
	if err := json.Unmarshal(text, &in); err != nil {
		return brokenJSON(err)
	}
	if row.Entry.Rule.Pattern, problem = n.read(in.Phone); problem != nil {
		return problem
	}
	row.Entry.Kind = kind
	if in.Votes != nil {
		row.Reports = *in.Votes
	}
	switch {
	case row.Reports < 0:
		return &Problem{Cause: BadValue, Detail: "votes: write a number from 0"}
	case row.Reports == 0:
		row.Remove = true
	case in.Rating == ratedLegitimate && kind == blacklist.Block:
		return &Problem{Cause: Legitimate, Detail: "those who voted say that its calls are welcome"}
	}
	row.Entry.Reason = words(in.reason())
	return nil
}

// reason is what people wrote, or else how they voted: "fraud, 10 votes".
func (r phoneBlockRow) reason() string {
	if own := joined(r.Label, r.Comment); own != "" {
		return own
	}
	rating, ok := ratings[r.Rating]
	if !ok {
		rating = r.Rating
	}
	if r.Votes == nil {
		return rating
	}
	return joined(rating, fmt.Sprintf("%d votes", *r.Votes))
}

// joined parts texts with commas, and leaves out those that are empty.
func joined(texts ...string) string {
	var said []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			said = append(said, text)
		}
	}
	return strings.Join(said, ", ")
}
