package listfile

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

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
