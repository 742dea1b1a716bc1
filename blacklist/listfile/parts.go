package listfile

import (
	"fmt"
	"strings"

	"github.com/ringfence/ringfence/blacklist"
)

// partNames are names of columns that have the beginning of a number, which is missing in the column
// of numbers: the rest alone is a number in another town or country.
var partNames = newNameSet([]string{
	"area code", "area", "country code", "phone country code", "phone code", "country prefix", "dial code", "dialing code", "dialling code",
	"calling code", "international code", "prefix", "phone prefix", "cc", "std code", "vorwahl", "ortsvorwahl", "landesvorwahl",
	"ländervorwahl", "telefonvorwahl", "ländercode", "landeskennzahl", "ortsnetzkennzahl", "vorwahl telefon", "telefon vorwahl",
	"indicatif", "indicatif pays", "indicatif téléphonique", "préfixe", "code pays", "prefijo", "código de área", "código de país", "código país", "lada",
	"prefisso", "prefisso internazionale", "codice paese", "ddd", "ddi", "código do país", "netnummer", "kengetal", "landcode", "landnummer",
	"kierunkowy", "numer kierunkowy", "kod kraju", "předvolba", "riktnummer", "landskod", "landekode", "retningsnummer", "suuntanumero", "maakoodi",
	"alan kodu", "ülke kodu", "код", "код города", "код страны", "код региона", "市外局番", "国番号", "区号", "国家代码",
})

// parts returns the columns that have the beginning of a number.
func (h header) parts() (found []int) {
	for i, name := range h.names {
		if partNames[name] {
			found = append(found, i)
		}
	}
	return found
}

// partProblem returns why a number is not complete, or nil: another column of the row has digits
// that it should begin with.
func (t *table) partProblem(n numbers, text string, rule blacklist.Rule, cell func(column int) string) *Problem {
	for _, column := range t.parts {
		part := bareDigits(cell(column))
		switch {
		case part == "", strings.HasPrefix(bareDigits(text), part), strings.HasPrefix(rule.Pattern.String(), "+"+part), n.region.NamesCountry(text):
		default:
			return &Problem{Cause: Incomplete, Detail: fmt.Sprintf("the column %q has the beginning of the number, %s; join the columns", t.titles[column], words(cell(column)))}
		}
	}
	return nil
}

// arePieces reports whether all of the texts, or two neighbours, are pieces of one number that would be
// taken for others: 030 and 23125012.
func (n numbers) arePieces(texts []string) bool {
	if len(texts) < 2 {
		return false
	}
	for i := range texts[1:] {
		if n.join(texts[i : i+2]) {
			return true
		}
	}
	return n.join(texts)
}

func (n numbers) join(texts []string) bool {
	const most = 4 // country code, area code, and a number in two pieces
	if len(texts) > most {
		return false
	}
	joined, err := n.region.Number(strings.Join(texts, " "))
	if err != nil || !joined.Pattern().International() || !joined.Pattern().Possible() {
		return false
	}
	other := digitsOf(texts[0]) <= minTelling && dialled.MatchString(texts[0])
	for _, text := range texts {
		pattern, err := n.region.Pattern(text)
		if err == nil && pattern == joined.Pattern() {
			return false
		}
		other = other || err == nil && pattern.International()
	}
	return other
}

// bareDigits returns the digits of a text without the zeros at their beginning.
func bareDigits(text string) string {
	return strings.TrimLeft(strings.Map(func(c rune) rune {
		if c < '0' || c > '9' {
			return -1
		}
		return c
	}, text), "0")
}
