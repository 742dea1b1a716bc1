package listfile

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// The lists of complaints. Numbers without a country code are in the country of the
// authority. Extensions are refused.
const (
	complaintRegion = "US"
	complaintCode   = "+1"
)

func complaintNumbers(n numbers) numbers {
	n.region, n.code, n.needsCountry = complaintRegion, complaintCode, true
	return n
}

// newFTC reads the calls that were reported to the Federal Trade Commission on a day.
func newFTC(h header, n numbers, options Options) parser {
	n = complaintNumbers(n)
	number, subject, robot := h.column("companyphonenumber"), h.column("subject"), h.column("recordedmessageorrobocall")
	return func(rec record, yield func(Row) bool) bool {
		text := rec.cell(subject)
		if rec.cell(robot) == "Y" {
			text += " (recorded message or robocall)"
		}
		return yield(n.complaint(rec, rec.cell(number), text, options))
	}
}

// newFCC reads the unwanted calls that were reported to the Federal Communications
// Commission, in all of its layouts.
func newFCC(h header, n numbers, options Options) parser {
	n = complaintNumbers(n)
	number := h.column("calleridnumber")
	kinds := []int{
		h.column("typeofcallormessge", "typeofcallormessage", "typeofcall"),
		h.column("typeofcallormessagerobocalls"), h.column("typeofcallormessagetelemarketing"),
		h.column("issue", "phoneissues"),
	}
	return func(rec record, yield func(Row) bool) bool {
		text := ""
		for _, column := range kinds {
			if text = fccText(rec.cell(column)); text != "" {
				break
			}
		}
		return yield(n.complaint(rec, fccText(rec.cell(number)), text, options))
	}
}

// fccText returns the text of a cell, "" for the placeholders of the FCC.
func fccText(cell string) string {
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
	n = complaintNumbers(n)
	return func(rec record, yield func(Row) bool) bool {
		var in fccComplaint
		if err := json.Unmarshal(rec.text, &in); err != nil {
			return yield(rec.refused(brokenJSON(err)))
		}
		text := cmp.Or(fccText(in.Kind), fccText(in.Issue))
		return yield(n.complaint(rec, fccText(in.Number), text, options))
	}
}

func (n numbers) complaint(rec record, number, reason string, options Options) Row {
	if number == "" {
		return rec.refused(&Problem{Cause: NoNumber, Detail: "the complaint has no number"})
	}
	return n.row(rec, number, words(reason), options)
}

// phoneBlockRow is a number of a PhoneBlock list: public lists have votes, personal
// lists have a label and a comment.
type phoneBlockRow struct {
	Phone   string `json:"phone"`
	Rating  string `json:"rating"`
	Votes   *int   `json:"votes"`
	Label   string `json:"label"`
	Comment string `json:"comment"`
}

const ratedLegitimate = "A_LEGITIMATE"

// ratings are the names of PhoneBlock's ratings.
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
	n.needsCountry = true
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
		return &Problem{Cause: BadValue, Detail: "votes: must be 0 or more"}
	case row.Reports == 0:
		row.Remove = true
	case in.Rating == ratedLegitimate && kind == blacklist.Block:
		return &Problem{Cause: Legitimate, Detail: "users rate it as legitimate"}
	}
	row.Entry.Reason = words(in.reason())
	return nil
}

// reason returns the texts of the user, or else rating and votes: "fraud, 10 votes".
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

// joined joins texts that are not empty with commas.
func joined(texts ...string) string {
	var parts []string
	for _, text := range texts {
		if text = strings.TrimSpace(text); text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, ", ")
}
